ALTER TABLE `listings` ADD `withheld` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `peers` ADD `give` text;--> statement-breakpoint
ALTER TABLE `peers` ADD `take` text;--> statement-breakpoint
ALTER TABLE `peers` ADD `their_give` text;--> statement-breakpoint
ALTER TABLE `peers` ADD `their_take` text;--> statement-breakpoint
ALTER TABLE `peers` ADD `paused` integer;