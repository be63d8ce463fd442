ALTER TABLE `pictures` ADD `source` text;--> statement-breakpoint
CREATE INDEX `pictures_source` ON `pictures` (`source`);--> statement-breakpoint
ALTER TABLE `posts` ADD `pictures` text DEFAULT '[]' NOT NULL;