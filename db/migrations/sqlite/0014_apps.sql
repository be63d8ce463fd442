CREATE TABLE `app_codes` (
	`hash` text PRIMARY KEY NOT NULL,
	`app` text NOT NULL,
	`account` text NOT NULL,
	`scopes` text NOT NULL,
	`redirect_uri` text NOT NULL,
	`challenge` text NOT NULL,
	`grant_id` text,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `app_codes_account` ON `app_codes` (`account`);--> statement-breakpoint
CREATE INDEX `app_codes_expires` ON `app_codes` (`expires`);--> statement-breakpoint
CREATE TABLE `app_grants` (
	`id` text PRIMARY KEY NOT NULL,
	`app` text NOT NULL,
	`account` text NOT NULL,
	`scopes` text NOT NULL,
	`created` integer NOT NULL,
	`seen` integer,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `app_grants_account` ON `app_grants` (`account`,`created`);--> statement-breakpoint
CREATE INDEX `app_grants_app` ON `app_grants` (`app`);--> statement-breakpoint
CREATE INDEX `app_grants_expires` ON `app_grants` (`expires`);--> statement-breakpoint
CREATE TABLE `app_tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`grant_id` text NOT NULL,
	`kind` text NOT NULL,
	`scopes` text NOT NULL,
	`created` integer NOT NULL,
	`used` integer,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `app_tokens_grant` ON `app_tokens` (`grant_id`);--> statement-breakpoint
CREATE INDEX `app_tokens_expires` ON `app_tokens` (`expires`);--> statement-breakpoint
CREATE TABLE `apps` (
	`id` text PRIMARY KEY NOT NULL,
	`account` text NOT NULL,
	`name` text NOT NULL,
	`website` text NOT NULL,
	`redirect_uris` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `apps_account` ON `apps` (`account`,`created`);--> statement-breakpoint
CREATE TABLE `saved` (
	`account` text NOT NULL,
	`listing` text NOT NULL,
	`created` integer NOT NULL,
	PRIMARY KEY(`account`, `listing`)
);
--> statement-breakpoint
CREATE INDEX `saved_newest` ON `saved` (`account`,`created`);--> statement-breakpoint
CREATE INDEX `saved_listing` ON `saved` (`listing`);