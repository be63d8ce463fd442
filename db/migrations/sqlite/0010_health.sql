CREATE TABLE `host_days` (
	`host` text NOT NULL,
	`day` text NOT NULL,
	`delivered` integer NOT NULL,
	`failed` integer NOT NULL,
	`received` integer NOT NULL,
	PRIMARY KEY(`host`, `day`)
);
--> statement-breakpoint
CREATE INDEX `host_days_day` ON `host_days` (`day`);--> statement-breakpoint
CREATE TABLE `peer_keys` (
	`host` text PRIMARY KEY NOT NULL,
	`signing` text NOT NULL,
	`proving` text,
	`since` integer NOT NULL,
	`renewed` integer,
	`new_signing` text,
	`new_proving` text,
	`new_seen` integer
);
--> statement-breakpoint
CREATE TABLE `put_off` (
	`account` text NOT NULL,
	`item` text NOT NULL,
	`until` integer NOT NULL,
	PRIMARY KEY(`account`, `item`)
);
--> statement-breakpoint
CREATE TABLE `snapshots` (
	`host` text NOT NULL,
	`month` text NOT NULL,
	`state` text NOT NULL,
	`reason` text NOT NULL,
	`body` text,
	`fetched` integer NOT NULL,
	PRIMARY KEY(`host`, `month`)
);
--> statement-breakpoint
CREATE INDEX `snapshots_month` ON `snapshots` (`state`,`month`);--> statement-breakpoint
ALTER TABLE `cooperative` ADD `logo` text;--> statement-breakpoint
ALTER TABLE `cooperative` ADD `welcome` text;--> statement-breakpoint
ALTER TABLE `cooperative` ADD `statistics` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `hosts` ADD `warned` integer;