CREATE TABLE `one_time_codes` (
	`account` text PRIMARY KEY NOT NULL,
	`secret` text NOT NULL,
	`last_step` integer NOT NULL,
	`confirmed` integer,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `passkeys` (
	`id` text PRIMARY KEY NOT NULL,
	`account` text NOT NULL,
	`name` text NOT NULL,
	`public_key` text NOT NULL,
	`counter` integer NOT NULL,
	`transports` text NOT NULL,
	`created` integer NOT NULL,
	`used` integer
);
--> statement-breakpoint
CREATE INDEX `passkeys_account` ON `passkeys` (`account`);--> statement-breakpoint
CREATE TABLE `recovery_codes` (
	`hash` text PRIMARY KEY NOT NULL,
	`account` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `recovery_codes_account` ON `recovery_codes` (`account`);--> statement-breakpoint
CREATE TABLE `sign_in_steps` (
	`hash` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`account` text,
	`challenge` text,
	`next` text NOT NULL,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sign_in_steps_account` ON `sign_in_steps` (`account`);--> statement-breakpoint
CREATE INDEX `sign_in_steps_expires` ON `sign_in_steps` (`expires`);--> statement-breakpoint
ALTER TABLE `sessions` ADD `strong` integer DEFAULT false NOT NULL;