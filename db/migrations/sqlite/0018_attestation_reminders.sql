ALTER TABLE `attestations` ADD `reminded` integer;--> statement-breakpoint
CREATE INDEX `attestations_until` ON `attestations` (`until`);