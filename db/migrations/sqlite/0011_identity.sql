CREATE TABLE `entities` (
	`host` text PRIMARY KEY NOT NULL,
	`thumbprints` text NOT NULL,
	`metadata` text NOT NULL,
	`refused` integer,
	`fetched` integer NOT NULL,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `guests` (
	`hash` text PRIMARY KEY NOT NULL,
	`issuer` text NOT NULL,
	`actor` text NOT NULL,
	`host` text NOT NULL,
	`sid` text NOT NULL,
	`csrf` text NOT NULL,
	`user_agent` text NOT NULL,
	`level` text NOT NULL,
	`since` text NOT NULL,
	`created` integer NOT NULL,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `guests_host` ON `guests` (`host`);--> statement-breakpoint
CREATE INDEX `guests_subject` ON `guests` (`issuer`,`actor`);--> statement-breakpoint
CREATE INDEX `guests_expires` ON `guests` (`expires`);--> statement-breakpoint
CREATE TABLE `oidc_records` (
	`id` text PRIMARY KEY NOT NULL,
	`grant_id` text,
	`payload` text NOT NULL,
	`consumed` integer,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `oidc_records_grant` ON `oidc_records` (`grant_id`);--> statement-breakpoint
CREATE INDEX `oidc_records_expires` ON `oidc_records` (`expires`);--> statement-breakpoint
CREATE TABLE `sign_in_attempts` (
	`hash` text PRIMARY KEY NOT NULL,
	`host` text NOT NULL,
	`state` text NOT NULL,
	`nonce` text NOT NULL,
	`verifier` text NOT NULL,
	`next` text NOT NULL,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sign_in_attempts_expires` ON `sign_in_attempts` (`expires`);--> statement-breakpoint
CREATE TABLE `visits` (
	`grant_id` text PRIMARY KEY NOT NULL,
	`sid` text,
	`session` text NOT NULL,
	`actor` text NOT NULL,
	`host` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `visits_session` ON `visits` (`session`);--> statement-breakpoint
CREATE INDEX `visits_created` ON `visits` (`created`);