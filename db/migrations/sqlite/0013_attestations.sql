CREATE TABLE `attestation_kinds` (
	`code` text PRIMARY KEY NOT NULL,
	`names` text NOT NULL,
	`texts` text NOT NULL,
	`position` integer NOT NULL,
	`retired` integer
);
--> statement-breakpoint
CREATE TABLE `attestations` (
	`id` text PRIMARY KEY NOT NULL,
	`code` text NOT NULL,
	`member` text NOT NULL,
	`by_actor` text NOT NULL,
	`note` text NOT NULL,
	`until` integer NOT NULL,
	`created` integer NOT NULL,
	`revoked` integer,
	`revoked_by` text,
	`reason` text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE INDEX `attestations_member` ON `attestations` (`member`,`created`);--> statement-breakpoint
CREATE TABLE `hidden_halves` (
	`listing` text PRIMARY KEY NOT NULL,
	`body` text,
	`price` text
);
--> statement-breakpoint
CREATE TABLE `membership_views` (
	`actor` text PRIMARY KEY NOT NULL,
	`audience` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `recognitions` (
	`host` text NOT NULL,
	`theirs` text NOT NULL,
	`ours` text NOT NULL,
	PRIMARY KEY(`host`, `theirs`)
);
--> statement-breakpoint
CREATE TABLE `shown_attestations` (
	`grant_id` text NOT NULL,
	`attestation` text NOT NULL,
	`host` text NOT NULL,
	`expires` integer NOT NULL,
	PRIMARY KEY(`grant_id`, `attestation`)
);
--> statement-breakpoint
CREATE INDEX `shown_attestations_attestation` ON `shown_attestations` (`attestation`);--> statement-breakpoint
CREATE INDEX `shown_attestations_expires` ON `shown_attestations` (`expires`);--> statement-breakpoint
CREATE TABLE `verifiers` (
	`actor` text NOT NULL,
	`code` text NOT NULL,
	`appointed` integer NOT NULL,
	PRIMARY KEY(`actor`, `code`)
);
--> statement-breakpoint
CREATE TABLE `vouched_attestations` (
	`uri` text PRIMARY KEY NOT NULL,
	`actor` text NOT NULL,
	`host` text NOT NULL,
	`code` text NOT NULL,
	`until` integer NOT NULL,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `vouched_attestations_actor` ON `vouched_attestations` (`actor`);--> statement-breakpoint
CREATE INDEX `vouched_attestations_expires` ON `vouched_attestations` (`expires`);--> statement-breakpoint
CREATE INDEX `vouched_attestations_host` ON `vouched_attestations` (`host`);--> statement-breakpoint
ALTER TABLE `listings` ADD `held` text;