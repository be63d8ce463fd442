CREATE TABLE "peer_invites" (
	"id" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"give" jsonb NOT NULL,
	"take" jsonb NOT NULL,
	"host" text NOT NULL,
	"note" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"expires" timestamp (3) with time zone NOT NULL,
	"revoked" timestamp (3) with time zone,
	"used" timestamp (3) with time zone,
	"used_by" text,
	CONSTRAINT "peer_invites_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
ALTER TABLE "cooperative" ADD COLUMN "show_partners" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "cooperative" ADD COLUMN "default_give" jsonb;--> statement-breakpoint
ALTER TABLE "cooperative" ADD COLUMN "default_take" jsonb;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "plain" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "turn" text;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "proposal" text;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "answered" text;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "heard" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "reason" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "profile" jsonb;--> statement-breakpoint
CREATE INDEX "peer_invites_created" ON "peer_invites" USING btree ("created");