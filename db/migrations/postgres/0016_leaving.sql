CREATE TABLE "aliases" (
	"actor" text NOT NULL,
	"uri" text NOT NULL,
	"handle" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "aliases_actor_uri_pk" PRIMARY KEY("actor","uri")
);
--> statement-breakpoint
CREATE TABLE "arrivals" (
	"id" text PRIMARY KEY NOT NULL,
	"account" text NOT NULL,
	"state" text NOT NULL,
	"done" bigint NOT NULL,
	"total" bigint NOT NULL,
	"fault" jsonb,
	"choice" jsonb,
	"report" jsonb,
	"created" timestamp (3) with time zone NOT NULL,
	"finished" timestamp (3) with time zone,
	"expires" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "closure_hosts" (
	"closure" text NOT NULL,
	"host" text NOT NULL,
	"state" text NOT NULL,
	"error" text,
	"updated" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "closure_hosts_closure_host_pk" PRIMARY KEY("closure","host")
);
--> statement-breakpoint
CREATE TABLE "closures" (
	"id" text PRIMARY KEY NOT NULL,
	"handle" text NOT NULL,
	"activity" text NOT NULL,
	"email" text,
	"locale" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"finished" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "exports" (
	"id" text PRIMARY KEY NOT NULL,
	"account" text NOT NULL,
	"state" text NOT NULL,
	"done" bigint NOT NULL,
	"total" bigint NOT NULL,
	"bytes" bigint,
	"created" timestamp (3) with time zone NOT NULL,
	"finished" timestamp (3) with time zone,
	"expires" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "heard" (
	"actor" text NOT NULL,
	"inbox" text NOT NULL,
	"host" text NOT NULL,
	"last" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "heard_actor_inbox_pk" PRIMARY KEY("actor","inbox")
);
--> statement-breakpoint
CREATE TABLE "moved_follows" (
	"follower" text NOT NULL,
	"move" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "moved_follows_follower_move_pk" PRIMARY KEY("follower","move")
);
--> statement-breakpoint
CREATE TABLE "moves" (
	"id" text PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"target" text NOT NULL,
	"handle" text NOT NULL,
	"url" text NOT NULL,
	"local" boolean NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"undone" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE INDEX "arrivals_account" ON "arrivals" USING btree ("account","created");--> statement-breakpoint
CREATE INDEX "arrivals_expires" ON "arrivals" USING btree ("expires");--> statement-breakpoint
CREATE INDEX "closures_finished" ON "closures" USING btree ("finished","created");--> statement-breakpoint
CREATE INDEX "closures_created" ON "closures" USING btree ("created");--> statement-breakpoint
CREATE INDEX "exports_account" ON "exports" USING btree ("account","created");--> statement-breakpoint
CREATE INDEX "exports_expires" ON "exports" USING btree ("expires");--> statement-breakpoint
CREATE INDEX "moved_follows_move" ON "moved_follows" USING btree ("move");--> statement-breakpoint
CREATE INDEX "moved_follows_created" ON "moved_follows" USING btree ("created");--> statement-breakpoint
CREATE INDEX "moves_actor" ON "moves" USING btree ("actor","created");--> statement-breakpoint
CREATE INDEX "moves_created" ON "moves" USING btree ("local","created");