CREATE TABLE `appeals` (
	`id` text PRIMARY KEY NOT NULL,
	`decision` text NOT NULL,
	`report` text NOT NULL,
	`text` text NOT NULL,
	`state` text NOT NULL,
	`answer` text NOT NULL,
	`decided_by` text,
	`created` integer NOT NULL,
	`decided` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `appeals_once` ON `appeals` (`decision`,`report`);--> statement-breakpoint
CREATE INDEX `appeals_state` ON `appeals` (`state`,`created`);--> statement-breakpoint
CREATE TABLE `decision_texts` (
	`action` text PRIMARY KEY NOT NULL,
	`texts` text NOT NULL,
	`updated` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `decisions` (
	`id` text PRIMARY KEY NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`object` text NOT NULL,
	`object_kind` text NOT NULL,
	`title` text NOT NULL,
	`ground` text NOT NULL,
	`ground_text` text NOT NULL,
	`reasons` text NOT NULL,
	`by` text NOT NULL,
	`until` integer,
	`kept` text,
	`confirmed` integer,
	`lifted` integer,
	`lifted_by` text,
	`lifted_reasons` text,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `decisions_subject` ON `decisions` (`subject`,`created`);--> statement-breakpoint
CREATE INDEX `decisions_until` ON `decisions` (`until`);--> statement-breakpoint
CREATE TABLE `moderation_lines` (
	`row` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`report` text,
	`decision` text,
	`type` text NOT NULL,
	`by` text,
	`text` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `moderation_lines_report` ON `moderation_lines` (`report`,`row`);--> statement-breakpoint
CREATE INDEX `moderation_lines_age` ON `moderation_lines` (`created`);--> statement-breakpoint
CREATE TABLE `restrictions` (
	`uri` text PRIMARY KEY NOT NULL,
	`effect` text NOT NULL,
	`decision` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `restrictions_effect` ON `restrictions` (`effect`);--> statement-breakpoint
ALTER TABLE `listings` ADD `awaits` integer;--> statement-breakpoint
ALTER TABLE `reports` ADD `subject` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `reports` ADD `title` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `reports` ADD `snapshot` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `reports` ADD `location` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `reports` ADD `origin` text DEFAULT 'form' NOT NULL;--> statement-breakpoint
ALTER TABLE `reports` ADD `reporter_name` text;--> statement-breakpoint
ALTER TABLE `reports` ADD `reporter_email` text;--> statement-breakpoint
ALTER TABLE `reports` ADD `reporter_locale` text DEFAULT 'fr' NOT NULL;--> statement-breakpoint
ALTER TABLE `reports` ADD `flag` text;--> statement-breakpoint
ALTER TABLE `reports` ADD `claimed_by` text;--> statement-breakpoint
ALTER TABLE `reports` ADD `decided` text;--> statement-breakpoint
ALTER TABLE `reports` ADD `forwarded_to` text;--> statement-breakpoint
ALTER TABLE `reports` ADD `forwarded_flag` text;--> statement-breakpoint
ALTER TABLE `reports` ADD `forwarded` integer;--> statement-breakpoint
ALTER TABLE `reports` ADD `answer` text;--> statement-breakpoint
ALTER TABLE `reports` ADD `answer_text` text;--> statement-breakpoint
ALTER TABLE `reports` ADD `answered` integer;--> statement-breakpoint
CREATE INDEX `reports_subject` ON `reports` (`subject`,`created`);--> statement-breakpoint
CREATE INDEX `reports_object` ON `reports` (`object`,`state`);--> statement-breakpoint
CREATE INDEX `reports_reporter` ON `reports` (`reporter`,`created`);--> statement-breakpoint
CREATE INDEX `reports_decided` ON `reports` (`decided`);--> statement-breakpoint
CREATE INDEX `reports_forwarded` ON `reports` (`forwarded_flag`);