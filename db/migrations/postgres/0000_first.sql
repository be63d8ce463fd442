CREATE TABLE "accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"handle" text NOT NULL,
	"email" text NOT NULL,
	"email_key" text NOT NULL,
	"password_hash" text NOT NULL,
	"role" text NOT NULL,
	"state" text NOT NULL,
	"locale" text NOT NULL,
	"text" text NOT NULL,
	"show_profile" text NOT NULL,
	"indexable" boolean NOT NULL,
	"mail_messages" boolean NOT NULL,
	"invited_by" text,
	"motivation" text NOT NULL,
	"email_confirmed" timestamp (3) with time zone,
	"created" timestamp (3) with time zone NOT NULL,
	"updated" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "accounts_actor_unique" UNIQUE("actor"),
	CONSTRAINT "accounts_handle_unique" UNIQUE("handle"),
	CONSTRAINT "accounts_email_key_unique" UNIQUE("email_key")
);
--> statement-breakpoint
CREATE TABLE "activities" (
	"row" bigserial PRIMARY KEY NOT NULL,
	"uri" text NOT NULL,
	"actor" text NOT NULL,
	"type" text NOT NULL,
	"object" text NOT NULL,
	"listed" boolean NOT NULL,
	"body" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "activities_uri_unique" UNIQUE("uri")
);
--> statement-breakpoint
CREATE TABLE "actors" (
	"uri" text PRIMARY KEY NOT NULL,
	"local" boolean NOT NULL,
	"kind" text NOT NULL,
	"handle" text NOT NULL,
	"host" text NOT NULL,
	"name" text NOT NULL,
	"html" text NOT NULL,
	"url" text NOT NULL,
	"icon" text,
	"inbox" text NOT NULL,
	"shared_inbox" text,
	"outbox" text,
	"followers" text,
	"languages" jsonb NOT NULL,
	"discoverable" boolean NOT NULL,
	"manually_approves" boolean NOT NULL,
	"suspended" boolean NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"updated" timestamp (3) with time zone NOT NULL,
	"fetched" timestamp (3) with time zone,
	"deleted" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "announcements" (
	"row" bigserial PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"type" text NOT NULL,
	"actor" text NOT NULL,
	"subject" text NOT NULL,
	"data" jsonb NOT NULL,
	"state" text NOT NULL,
	"error" text,
	"created" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "announcements_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "conversations" (
	"id" text PRIMARY KEY NOT NULL,
	"context" text NOT NULL,
	"first" text NOT NULL,
	"second" text NOT NULL,
	"title" text NOT NULL,
	"first_unread" bigint NOT NULL,
	"second_unread" bigint NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"updated" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cooperative" (
	"id" text PRIMARY KEY NOT NULL,
	"handle" text NOT NULL,
	"name" text NOT NULL,
	"summary" text NOT NULL,
	"territory_name" text NOT NULL,
	"latitude" double precision,
	"longitude" double precision,
	"radius_km" double precision NOT NULL,
	"languages" jsonb NOT NULL,
	"kinds" jsonb NOT NULL,
	"sign_up_rule" text NOT NULL,
	"accent" text NOT NULL,
	"charter_url" text,
	"public_open" boolean NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"updated" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"row" bigserial PRIMARY KEY NOT NULL,
	"activity" text NOT NULL,
	"inbox" text NOT NULL,
	"host" text NOT NULL,
	"key" text NOT NULL,
	"priority" bigint NOT NULL,
	"state" text NOT NULL,
	"attempts" bigint NOT NULL,
	"due" timestamp (3) with time zone NOT NULL,
	"leased" timestamp (3) with time zone,
	"error" text,
	"created" timestamp (3) with time zone NOT NULL,
	"finished" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "documents" (
	"uri" text PRIMARY KEY NOT NULL,
	"version" text NOT NULL,
	"visibility" text NOT NULL,
	"body" text NOT NULL,
	"etag" text NOT NULL,
	"updated" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "domain_rules" (
	"domain" text PRIMARY KEY NOT NULL,
	"severity" text NOT NULL,
	"comment" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "facts" (
	"key" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "follows" (
	"id" text PRIMARY KEY NOT NULL,
	"uri" text NOT NULL,
	"follower" text NOT NULL,
	"followed" text NOT NULL,
	"state" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"updated" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "follows_uri_unique" UNIQUE("uri")
);
--> statement-breakpoint
CREATE TABLE "hosts" (
	"host" text PRIMARY KEY NOT NULL,
	"dialect" text,
	"failing" timestamp (3) with time zone,
	"failures" bigint NOT NULL,
	"retry" timestamp (3) with time zone,
	"error" text,
	"updated" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"row" bigserial PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"key" text,
	"data" jsonb NOT NULL,
	"state" text NOT NULL,
	"attempts" bigint NOT NULL,
	"due" timestamp (3) with time zone NOT NULL,
	"leased" timestamp (3) with time zone,
	"error" text,
	"created" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "jobs_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "keys" (
	"id" text PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"type" text NOT NULL,
	"private_pem" text NOT NULL,
	"public_pem" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "listings" (
	"row" bigserial PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"uri" text NOT NULL,
	"proposal_uri" text NOT NULL,
	"local" boolean NOT NULL,
	"publisher" text NOT NULL,
	"host" text NOT NULL,
	"kind" text NOT NULL,
	"purpose" text NOT NULL,
	"state" text NOT NULL,
	"title" text NOT NULL,
	"text" text NOT NULL,
	"html" text NOT NULL,
	"url" text NOT NULL,
	"price_type" text NOT NULL,
	"price_amount" bigint,
	"currency" text,
	"unit" text NOT NULL,
	"unit_based" boolean NOT NULL,
	"quantity" bigint,
	"exact_name" text,
	"exact_latitude" double precision,
	"exact_longitude" double precision,
	"precision" text NOT NULL,
	"place_name" text,
	"latitude" double precision,
	"longitude" double precision,
	"accuracy" bigint,
	"country" text,
	"attributes" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"remote_pictures" jsonb NOT NULL,
	"audience" text NOT NULL,
	"community" text,
	"language" text,
	"import_ref" text,
	"valid_until" timestamp (3) with time zone,
	"published" timestamp (3) with time zone,
	"created" timestamp (3) with time zone NOT NULL,
	"updated" timestamp (3) with time zone NOT NULL,
	"fetched" timestamp (3) with time zone,
	CONSTRAINT "listings_id_unique" UNIQUE("id"),
	CONSTRAINT "listings_uri_unique" UNIQUE("uri"),
	CONSTRAINT "listings_proposal_uri_unique" UNIQUE("proposal_uri")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" text PRIMARY KEY NOT NULL,
	"uri" text NOT NULL,
	"conversation" text NOT NULL,
	"author" text NOT NULL,
	"html" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "messages_uri_unique" UNIQUE("uri")
);
--> statement-breakpoint
CREATE TABLE "peers" (
	"id" text PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"node_actor" text NOT NULL,
	"cooperative" text,
	"name" text NOT NULL,
	"summary" text NOT NULL,
	"software" text NOT NULL,
	"icon" text,
	"state" text NOT NULL,
	"message" text NOT NULL,
	"follow_sent" text,
	"follow_received" text,
	"sent_accepted" boolean NOT NULL,
	"received_accepted" boolean NOT NULL,
	"backfill_state" text NOT NULL,
	"backfill_next" text,
	"backfill_done" bigint NOT NULL,
	"backfill_total" bigint,
	"backfill_error" text,
	"last_received" timestamp (3) with time zone,
	"last_delivered" timestamp (3) with time zone,
	"created" timestamp (3) with time zone NOT NULL,
	"updated" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "peers_host_unique" UNIQUE("host")
);
--> statement-breakpoint
CREATE TABLE "pictures" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"listing" text,
	"key" text NOT NULL,
	"media_type" text NOT NULL,
	"alt" text NOT NULL,
	"width" bigint NOT NULL,
	"height" bigint NOT NULL,
	"position" bigint NOT NULL,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "posts" (
	"uri" text PRIMARY KEY NOT NULL,
	"author" text NOT NULL,
	"html" text NOT NULL,
	"url" text NOT NULL,
	"published" timestamp (3) with time zone NOT NULL,
	"updated" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "received" (
	"row" bigserial PRIMARY KEY NOT NULL,
	"uri" text NOT NULL,
	"actor" text NOT NULL,
	"host" text NOT NULL,
	"type" text NOT NULL,
	"object" text,
	"outcome" text NOT NULL,
	"reason" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "received_uri_unique" UNIQUE("uri")
);
--> statement-breakpoint
CREATE TABLE "remote_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text,
	"pem" text,
	"fetched" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reports" (
	"id" text PRIMARY KEY NOT NULL,
	"object" text NOT NULL,
	"object_kind" text NOT NULL,
	"reporter" text,
	"host" text,
	"reason" text NOT NULL,
	"text" text NOT NULL,
	"state" text NOT NULL,
	"decision" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"updated" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"hash" text PRIMARY KEY NOT NULL,
	"account" text NOT NULL,
	"csrf" text NOT NULL,
	"user_agent" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"seen" timestamp (3) with time zone NOT NULL,
	"confirmed" timestamp (3) with time zone NOT NULL,
	"expires" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stream" (
	"row" bigserial PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"object" text NOT NULL,
	"type" text NOT NULL,
	"published" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"hash" text PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"purpose" text NOT NULL,
	"account" text,
	"data" jsonb NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"expires" timestamp (3) with time zone,
	"used" timestamp (3) with time zone,
	CONSTRAINT "tokens_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "tombstones" (
	"uri" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"local" boolean NOT NULL,
	"deleted" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "accounts_state" ON "accounts" USING btree ("state","created");--> statement-breakpoint
CREATE INDEX "activities_outbox" ON "activities" USING btree ("actor","listed","row");--> statement-breakpoint
CREATE INDEX "activities_object" ON "activities" USING btree ("object");--> statement-breakpoint
CREATE INDEX "actors_host_handle" ON "actors" USING btree ("host","handle");--> statement-breakpoint
CREATE INDEX "announcements_state" ON "announcements" USING btree ("state","row");--> statement-breakpoint
CREATE UNIQUE INDEX "conversations_pair" ON "conversations" USING btree ("first","second","context");--> statement-breakpoint
CREATE INDEX "conversations_first" ON "conversations" USING btree ("first","updated");--> statement-breakpoint
CREATE INDEX "conversations_second" ON "conversations" USING btree ("second","updated");--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_once" ON "deliveries" USING btree ("activity","inbox");--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("state","due","priority","row");--> statement-breakpoint
CREATE INDEX "deliveries_host" ON "deliveries" USING btree ("host","state","row");--> statement-breakpoint
CREATE UNIQUE INDEX "follows_pair" ON "follows" USING btree ("follower","followed");--> statement-breakpoint
CREATE INDEX "follows_followed" ON "follows" USING btree ("followed","state","created");--> statement-breakpoint
CREATE INDEX "jobs_due" ON "jobs" USING btree ("state","due","row");--> statement-breakpoint
CREATE INDEX "keys_actor" ON "keys" USING btree ("actor");--> statement-breakpoint
CREATE INDEX "listings_newest" ON "listings" USING btree ("state","published","row");--> statement-breakpoint
CREATE INDEX "listings_kind" ON "listings" USING btree ("state","kind","published","row");--> statement-breakpoint
CREATE INDEX "listings_publisher" ON "listings" USING btree ("publisher","state","published");--> statement-breakpoint
CREATE INDEX "listings_host" ON "listings" USING btree ("host","state");--> statement-breakpoint
CREATE INDEX "listings_place" ON "listings" USING btree ("latitude","longitude");--> statement-breakpoint
CREATE UNIQUE INDEX "listings_import" ON "listings" USING btree ("publisher","import_ref");--> statement-breakpoint
CREATE INDEX "messages_conversation" ON "messages" USING btree ("conversation","created");--> statement-breakpoint
CREATE INDEX "pictures_listing" ON "pictures" USING btree ("listing","position");--> statement-breakpoint
CREATE INDEX "pictures_owner" ON "pictures" USING btree ("owner","created");--> statement-breakpoint
CREATE INDEX "posts_author" ON "posts" USING btree ("author","published");--> statement-breakpoint
CREATE INDEX "received_created" ON "received" USING btree ("created");--> statement-breakpoint
CREATE INDEX "received_host" ON "received" USING btree ("host","created");--> statement-breakpoint
CREATE INDEX "reports_state" ON "reports" USING btree ("state","created");--> statement-breakpoint
CREATE INDEX "sessions_account" ON "sessions" USING btree ("account");--> statement-breakpoint
CREATE INDEX "sessions_expires" ON "sessions" USING btree ("expires");--> statement-breakpoint
CREATE UNIQUE INDEX "stream_once" ON "stream" USING btree ("actor","object");--> statement-breakpoint
CREATE INDEX "stream_actor" ON "stream" USING btree ("actor","published","row");--> statement-breakpoint
CREATE INDEX "stream_object" ON "stream" USING btree ("object");--> statement-breakpoint
CREATE INDEX "tokens_purpose" ON "tokens" USING btree ("purpose","created");