DROP INDEX `received_created`;--> statement-breakpoint
DROP INDEX `received_host`;--> statement-breakpoint
ALTER TABLE `received` ADD `code` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `received` ADD `details` text;--> statement-breakpoint
CREATE INDEX `received_outcome` ON `received` (`outcome`,`row`);--> statement-breakpoint
CREATE INDEX `received_type` ON `received` (`type`,`row`);--> statement-breakpoint
CREATE INDEX `received_host` ON `received` (`host`,`row`);--> statement-breakpoint
CREATE INDEX `activities_age` ON `activities` (`listed`,`created`);--> statement-breakpoint
CREATE INDEX `deliveries_age` ON `deliveries` (`state`,`finished`);