CREATE TABLE `aliases` (
	`actor` text NOT NULL,
	`uri` text NOT NULL,
	`handle` text NOT NULL,
	`created` integer NOT NULL,
	PRIMARY KEY(`actor`, `uri`)
);
--> statement-breakpoint
CREATE TABLE `arrivals` (
	`id` text PRIMARY KEY NOT NULL,
	`account` text NOT NULL,
	`state` text NOT NULL,
	`done` integer NOT NULL,
	`total` integer NOT NULL,
	`fault` text,
	`choice` text,
	`report` text,
	`created` integer NOT NULL,
	`finished` integer,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `arrivals_account` ON `arrivals` (`account`,`created`);--> statement-breakpoint
CREATE INDEX `arrivals_expires` ON `arrivals` (`expires`);--> statement-breakpoint
CREATE TABLE `closure_hosts` (
	`closure` text NOT NULL,
	`host` text NOT NULL,
	`state` text NOT NULL,
	`error` text,
	`updated` integer NOT NULL,
	PRIMARY KEY(`closure`, `host`)
);
--> statement-breakpoint
CREATE TABLE `closures` (
	`id` text PRIMARY KEY NOT NULL,
	`handle` text NOT NULL,
	`activity` text NOT NULL,
	`email` text,
	`locale` text NOT NULL,
	`created` integer NOT NULL,
	`finished` integer
);
--> statement-breakpoint
CREATE INDEX `closures_finished` ON `closures` (`finished`,`created`);--> statement-breakpoint
CREATE INDEX `closures_created` ON `closures` (`created`);--> statement-breakpoint
CREATE TABLE `exports` (
	`id` text PRIMARY KEY NOT NULL,
	`account` text NOT NULL,
	`state` text NOT NULL,
	`done` integer NOT NULL,
	`total` integer NOT NULL,
	`bytes` integer,
	`created` integer NOT NULL,
	`finished` integer,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `exports_account` ON `exports` (`account`,`created`);--> statement-breakpoint
CREATE INDEX `exports_expires` ON `exports` (`expires`);--> statement-breakpoint
CREATE TABLE `heard` (
	`actor` text NOT NULL,
	`inbox` text NOT NULL,
	`host` text NOT NULL,
	`last` integer NOT NULL,
	PRIMARY KEY(`actor`, `inbox`)
);
--> statement-breakpoint
CREATE TABLE `moved_follows` (
	`follower` text NOT NULL,
	`move` text NOT NULL,
	`created` integer NOT NULL,
	PRIMARY KEY(`follower`, `move`)
);
--> statement-breakpoint
CREATE INDEX `moved_follows_move` ON `moved_follows` (`move`);--> statement-breakpoint
CREATE INDEX `moved_follows_created` ON `moved_follows` (`created`);--> statement-breakpoint
CREATE TABLE `moves` (
	`id` text PRIMARY KEY NOT NULL,
	`actor` text NOT NULL,
	`target` text NOT NULL,
	`handle` text NOT NULL,
	`url` text NOT NULL,
	`local` integer NOT NULL,
	`created` integer NOT NULL,
	`undone` integer
);
--> statement-breakpoint
CREATE INDEX `moves_actor` ON `moves` (`actor`,`created`);--> statement-breakpoint
CREATE INDEX `moves_created` ON `moves` (`local`,`created`);