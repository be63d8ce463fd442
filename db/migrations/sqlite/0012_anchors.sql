CREATE TABLE `anchors` (
	`host` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`ours` integer NOT NULL,
	`trusted` integer NOT NULL,
	`skips` text NOT NULL,
	`offers` text NOT NULL,
	`marks` text NOT NULL,
	`problem` text NOT NULL,
	`checked` integer,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `entity_pins` (
	`host` text PRIMARY KEY NOT NULL,
	`thumbprints` text NOT NULL,
	`since` integer NOT NULL,
	`renewed` integer,
	`new_thumbprints` text,
	`new_seen` integer
);
--> statement-breakpoint
CREATE TABLE `given_marks` (
	`slug` text NOT NULL,
	`host` text NOT NULL,
	`given` integer NOT NULL,
	`until` integer NOT NULL,
	`revoked` integer,
	PRIMARY KEY(`slug`, `host`)
);
--> statement-breakpoint
CREATE INDEX `given_marks_host` ON `given_marks` (`host`);--> statement-breakpoint
CREATE TABLE `mark_types` (
	`slug` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`text` text NOT NULL,
	`link` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `subordinates` (
	`host` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`jwks` text NOT NULL,
	`problem` text NOT NULL,
	`checked` integer NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `vouchings` (
	`host` text NOT NULL,
	`anchor` text NOT NULL,
	`marks` text NOT NULL,
	`lost` text NOT NULL,
	`lost_seen` integer,
	`checked` integer NOT NULL,
	PRIMARY KEY(`host`, `anchor`)
);
