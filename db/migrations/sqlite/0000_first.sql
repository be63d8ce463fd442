CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`actor` text NOT NULL,
	`handle` text NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`password_hash` text NOT NULL,
	`role` text NOT NULL,
	`state` text NOT NULL,
	`locale` text NOT NULL,
	`text` text NOT NULL,
	`show_profile` text NOT NULL,
	`indexable` integer NOT NULL,
	`mail_messages` integer NOT NULL,
	`invited_by` text,
	`motivation` text NOT NULL,
	`email_confirmed` integer,
	`created` integer NOT NULL,
	`updated` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_actor_unique` ON `accounts` (`actor`);--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_handle_unique` ON `accounts` (`handle`);--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_email_key_unique` ON `accounts` (`email_key`);--> statement-breakpoint
CREATE INDEX `accounts_state` ON `accounts` (`state`,`created`);--> statement-breakpoint
CREATE TABLE `activities` (
	`row` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uri` text NOT NULL,
	`actor` text NOT NULL,
	`type` text NOT NULL,
	`object` text NOT NULL,
	`listed` integer NOT NULL,
	`body` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `activities_uri_unique` ON `activities` (`uri`);--> statement-breakpoint
CREATE INDEX `activities_outbox` ON `activities` (`actor`,`listed`,`row`);--> statement-breakpoint
CREATE INDEX `activities_object` ON `activities` (`object`);--> statement-breakpoint
CREATE TABLE `actors` (
	`uri` text PRIMARY KEY NOT NULL,
	`local` integer NOT NULL,
	`kind` text NOT NULL,
	`handle` text NOT NULL,
	`host` text NOT NULL,
	`name` text NOT NULL,
	`html` text NOT NULL,
	`url` text NOT NULL,
	`icon` text,
	`inbox` text NOT NULL,
	`shared_inbox` text,
	`outbox` text,
	`followers` text,
	`languages` text NOT NULL,
	`discoverable` integer NOT NULL,
	`manually_approves` integer NOT NULL,
	`suspended` integer NOT NULL,
	`created` integer NOT NULL,
	`updated` integer NOT NULL,
	`fetched` integer,
	`deleted` integer
);
--> statement-breakpoint
CREATE INDEX `actors_host_handle` ON `actors` (`host`,`handle`);--> statement-breakpoint
CREATE TABLE `announcements` (
	`row` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`actor` text NOT NULL,
	`subject` text NOT NULL,
	`data` text NOT NULL,
	`state` text NOT NULL,
	`error` text,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `announcements_id_unique` ON `announcements` (`id`);--> statement-breakpoint
CREATE INDEX `announcements_state` ON `announcements` (`state`,`row`);--> statement-breakpoint
CREATE TABLE `conversations` (
	`id` text PRIMARY KEY NOT NULL,
	`context` text NOT NULL,
	`first` text NOT NULL,
	`second` text NOT NULL,
	`title` text NOT NULL,
	`first_unread` integer NOT NULL,
	`second_unread` integer NOT NULL,
	`created` integer NOT NULL,
	`updated` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `conversations_pair` ON `conversations` (`first`,`second`,`context`);--> statement-breakpoint
CREATE INDEX `conversations_first` ON `conversations` (`first`,`updated`);--> statement-breakpoint
CREATE INDEX `conversations_second` ON `conversations` (`second`,`updated`);--> statement-breakpoint
CREATE TABLE `cooperative` (
	`id` text PRIMARY KEY NOT NULL,
	`handle` text NOT NULL,
	`name` text NOT NULL,
	`summary` text NOT NULL,
	`territory_name` text NOT NULL,
	`latitude` real,
	`longitude` real,
	`radius_km` real NOT NULL,
	`languages` text NOT NULL,
	`kinds` text NOT NULL,
	`sign_up_rule` text NOT NULL,
	`accent` text NOT NULL,
	`charter_url` text,
	`public_open` integer NOT NULL,
	`created` integer NOT NULL,
	`updated` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `deliveries` (
	`row` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`activity` text NOT NULL,
	`inbox` text NOT NULL,
	`host` text NOT NULL,
	`key` text NOT NULL,
	`priority` integer NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`due` integer NOT NULL,
	`leased` integer,
	`error` text,
	`created` integer NOT NULL,
	`finished` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_once` ON `deliveries` (`activity`,`inbox`);--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`state`,`due`,`priority`,`row`);--> statement-breakpoint
CREATE INDEX `deliveries_host` ON `deliveries` (`host`,`state`,`row`);--> statement-breakpoint
CREATE TABLE `documents` (
	`uri` text PRIMARY KEY NOT NULL,
	`version` text NOT NULL,
	`visibility` text NOT NULL,
	`body` text NOT NULL,
	`etag` text NOT NULL,
	`updated` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `domain_rules` (
	`domain` text PRIMARY KEY NOT NULL,
	`severity` text NOT NULL,
	`comment` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `facts` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `follows` (
	`id` text PRIMARY KEY NOT NULL,
	`uri` text NOT NULL,
	`follower` text NOT NULL,
	`followed` text NOT NULL,
	`state` text NOT NULL,
	`created` integer NOT NULL,
	`updated` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `follows_uri_unique` ON `follows` (`uri`);--> statement-breakpoint
CREATE UNIQUE INDEX `follows_pair` ON `follows` (`follower`,`followed`);--> statement-breakpoint
CREATE INDEX `follows_followed` ON `follows` (`followed`,`state`,`created`);--> statement-breakpoint
CREATE TABLE `hosts` (
	`host` text PRIMARY KEY NOT NULL,
	`dialect` text,
	`failing` integer,
	`failures` integer NOT NULL,
	`retry` integer,
	`error` text,
	`updated` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `jobs` (
	`row` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`type` text NOT NULL,
	`key` text,
	`data` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`due` integer NOT NULL,
	`leased` integer,
	`error` text,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_key_unique` ON `jobs` (`key`);--> statement-breakpoint
CREATE INDEX `jobs_due` ON `jobs` (`state`,`due`,`row`);--> statement-breakpoint
CREATE TABLE `keys` (
	`id` text PRIMARY KEY NOT NULL,
	`actor` text NOT NULL,
	`type` text NOT NULL,
	`private_pem` text NOT NULL,
	`public_pem` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `keys_actor` ON `keys` (`actor`);--> statement-breakpoint
CREATE TABLE `listings` (
	`row` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`uri` text NOT NULL,
	`proposal_uri` text NOT NULL,
	`local` integer NOT NULL,
	`publisher` text NOT NULL,
	`host` text NOT NULL,
	`kind` text NOT NULL,
	`purpose` text NOT NULL,
	`state` text NOT NULL,
	`title` text NOT NULL,
	`text` text NOT NULL,
	`html` text NOT NULL,
	`url` text NOT NULL,
	`price_type` text NOT NULL,
	`price_amount` integer,
	`currency` text,
	`unit` text NOT NULL,
	`unit_based` integer NOT NULL,
	`quantity` integer,
	`exact_name` text,
	`exact_latitude` real,
	`exact_longitude` real,
	`precision` text NOT NULL,
	`place_name` text,
	`latitude` real,
	`longitude` real,
	`accuracy` integer,
	`country` text,
	`attributes` text NOT NULL,
	`tags` text NOT NULL,
	`remote_pictures` text NOT NULL,
	`audience` text NOT NULL,
	`community` text,
	`language` text,
	`import_ref` text,
	`valid_until` integer,
	`published` integer,
	`created` integer NOT NULL,
	`updated` integer NOT NULL,
	`fetched` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `listings_id_unique` ON `listings` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `listings_uri_unique` ON `listings` (`uri`);--> statement-breakpoint
CREATE UNIQUE INDEX `listings_proposal_uri_unique` ON `listings` (`proposal_uri`);--> statement-breakpoint
CREATE INDEX `listings_newest` ON `listings` (`state`,`published`,`row`);--> statement-breakpoint
CREATE INDEX `listings_kind` ON `listings` (`state`,`kind`,`published`,`row`);--> statement-breakpoint
CREATE INDEX `listings_publisher` ON `listings` (`publisher`,`state`,`published`);--> statement-breakpoint
CREATE INDEX `listings_host` ON `listings` (`host`,`state`);--> statement-breakpoint
CREATE INDEX `listings_place` ON `listings` (`latitude`,`longitude`);--> statement-breakpoint
CREATE UNIQUE INDEX `listings_import` ON `listings` (`publisher`,`import_ref`);--> statement-breakpoint
CREATE TABLE `messages` (
	`id` text PRIMARY KEY NOT NULL,
	`uri` text NOT NULL,
	`conversation` text NOT NULL,
	`author` text NOT NULL,
	`html` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_uri_unique` ON `messages` (`uri`);--> statement-breakpoint
CREATE INDEX `messages_conversation` ON `messages` (`conversation`,`created`);--> statement-breakpoint
CREATE TABLE `peers` (
	`id` text PRIMARY KEY NOT NULL,
	`host` text NOT NULL,
	`node_actor` text NOT NULL,
	`cooperative` text,
	`name` text NOT NULL,
	`summary` text NOT NULL,
	`software` text NOT NULL,
	`icon` text,
	`state` text NOT NULL,
	`message` text NOT NULL,
	`follow_sent` text,
	`follow_received` text,
	`sent_accepted` integer NOT NULL,
	`received_accepted` integer NOT NULL,
	`backfill_state` text NOT NULL,
	`backfill_next` text,
	`backfill_done` integer NOT NULL,
	`backfill_total` integer,
	`backfill_error` text,
	`last_received` integer,
	`last_delivered` integer,
	`created` integer NOT NULL,
	`updated` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `peers_host_unique` ON `peers` (`host`);--> statement-breakpoint
CREATE TABLE `pictures` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`listing` text,
	`key` text NOT NULL,
	`media_type` text NOT NULL,
	`alt` text NOT NULL,
	`width` integer NOT NULL,
	`height` integer NOT NULL,
	`position` integer NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `pictures_listing` ON `pictures` (`listing`,`position`);--> statement-breakpoint
CREATE INDEX `pictures_owner` ON `pictures` (`owner`,`created`);--> statement-breakpoint
CREATE TABLE `posts` (
	`uri` text PRIMARY KEY NOT NULL,
	`author` text NOT NULL,
	`html` text NOT NULL,
	`url` text NOT NULL,
	`published` integer NOT NULL,
	`updated` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `posts_author` ON `posts` (`author`,`published`);--> statement-breakpoint
CREATE TABLE `received` (
	`row` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uri` text NOT NULL,
	`actor` text NOT NULL,
	`host` text NOT NULL,
	`type` text NOT NULL,
	`object` text,
	`outcome` text NOT NULL,
	`reason` text NOT NULL,
	`created` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `received_uri_unique` ON `received` (`uri`);--> statement-breakpoint
CREATE INDEX `received_created` ON `received` (`created`);--> statement-breakpoint
CREATE INDEX `received_host` ON `received` (`host`,`created`);--> statement-breakpoint
CREATE TABLE `remote_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text,
	`pem` text,
	`fetched` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reports` (
	`id` text PRIMARY KEY NOT NULL,
	`object` text NOT NULL,
	`object_kind` text NOT NULL,
	`reporter` text,
	`host` text,
	`reason` text NOT NULL,
	`text` text NOT NULL,
	`state` text NOT NULL,
	`decision` text NOT NULL,
	`created` integer NOT NULL,
	`updated` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `reports_state` ON `reports` (`state`,`created`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`hash` text PRIMARY KEY NOT NULL,
	`account` text NOT NULL,
	`csrf` text NOT NULL,
	`user_agent` text NOT NULL,
	`created` integer NOT NULL,
	`seen` integer NOT NULL,
	`confirmed` integer NOT NULL,
	`expires` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sessions_account` ON `sessions` (`account`);--> statement-breakpoint
CREATE INDEX `sessions_expires` ON `sessions` (`expires`);--> statement-breakpoint
CREATE TABLE `stream` (
	`row` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`actor` text NOT NULL,
	`object` text NOT NULL,
	`type` text NOT NULL,
	`published` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `stream_once` ON `stream` (`actor`,`object`);--> statement-breakpoint
CREATE INDEX `stream_actor` ON `stream` (`actor`,`published`,`row`);--> statement-breakpoint
CREATE INDEX `stream_object` ON `stream` (`object`);--> statement-breakpoint
CREATE TABLE `tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`purpose` text NOT NULL,
	`account` text,
	`data` text NOT NULL,
	`created` integer NOT NULL,
	`expires` integer,
	`used` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_id_unique` ON `tokens` (`id`);--> statement-breakpoint
CREATE INDEX `tokens_purpose` ON `tokens` (`purpose`,`created`);--> statement-breakpoint
CREATE TABLE `tombstones` (
	`uri` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`local` integer NOT NULL,
	`deleted` integer NOT NULL
);
