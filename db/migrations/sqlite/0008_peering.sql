CREATE TABLE `peer_invites` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`give` text NOT NULL,
	`take` text NOT NULL,
	`host` text NOT NULL,
	`note` text NOT NULL,
	`created` integer NOT NULL,
	`expires` integer NOT NULL,
	`revoked` integer,
	`used` integer,
	`used_by` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `peer_invites_hash_unique` ON `peer_invites` (`hash`);--> statement-breakpoint
CREATE INDEX `peer_invites_created` ON `peer_invites` (`created`);--> statement-breakpoint
ALTER TABLE `cooperative` ADD `show_partners` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `cooperative` ADD `default_give` text;--> statement-breakpoint
ALTER TABLE `cooperative` ADD `default_take` text;--> statement-breakpoint
ALTER TABLE `peers` ADD `plain` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `peers` ADD `turn` text;--> statement-breakpoint
ALTER TABLE `peers` ADD `proposal` text;--> statement-breakpoint
ALTER TABLE `peers` ADD `answered` text;--> statement-breakpoint
ALTER TABLE `peers` ADD `heard` integer;--> statement-breakpoint
ALTER TABLE `peers` ADD `reason` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `peers` ADD `profile` text;