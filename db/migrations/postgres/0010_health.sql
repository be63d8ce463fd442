CREATE TABLE "host_days" (
	"host" text NOT NULL,
	"day" text NOT NULL,
	"delivered" bigint NOT NULL,
	"failed" bigint NOT NULL,
	"received" bigint NOT NULL,
	CONSTRAINT "host_days_host_day_pk" PRIMARY KEY("host","day")
);
--> statement-breakpoint
CREATE TABLE "peer_keys" (
	"host" text PRIMARY KEY NOT NULL,
	"signing" text NOT NULL,
	"proving" text,
	"since" timestamp (3) with time zone NOT NULL,
	"renewed" timestamp (3) with time zone,
	"new_signing" text,
	"new_proving" text,
	"new_seen" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "put_off" (
	"account" text NOT NULL,
	"item" text NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "put_off_account_item_pk" PRIMARY KEY("account","item")
);
--> statement-breakpoint
CREATE TABLE "snapshots" (
	"host" text NOT NULL,
	"month" text NOT NULL,
	"state" text NOT NULL,
	"reason" text NOT NULL,
	"body" jsonb,
	"fetched" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "snapshots_host_month_pk" PRIMARY KEY("host","month")
);
--> statement-breakpoint
ALTER TABLE "cooperative" ADD COLUMN "logo" text;--> statement-breakpoint
ALTER TABLE "cooperative" ADD COLUMN "welcome" jsonb;--> statement-breakpoint
ALTER TABLE "cooperative" ADD COLUMN "statistics" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "hosts" ADD COLUMN "warned" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "host_days_day" ON "host_days" USING btree ("day");--> statement-breakpoint
CREATE INDEX "snapshots_month" ON "snapshots" USING btree ("state","month");