CREATE TABLE `allowed_domains` (
	`domain` text PRIMARY KEY NOT NULL,
	`subdomains` integer DEFAULT false NOT NULL,
	`comment` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `audit` (
	`n` integer PRIMARY KEY NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`before` text,
	`after` text,
	`created` integer NOT NULL,
	`previous` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_actor` ON `audit` (`actor`,`n`);--> statement-breakpoint
CREATE INDEX `audit_action` ON `audit` (`action`,`n`);--> statement-breakpoint
ALTER TABLE `cooperative` ADD `peering_mode` text DEFAULT 'approval' NOT NULL;--> statement-breakpoint
ALTER TABLE `cooperative` ADD `show_rules` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `domain_rules` ADD `reject_media` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `domain_rules` ADD `reject_reports` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `domain_rules` ADD `subdomains` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `domain_rules` ADD `public_comment` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `domain_rules` ADD `obfuscate` integer DEFAULT false NOT NULL;