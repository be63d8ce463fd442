ALTER TABLE "listings" ADD COLUMN "withheld" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "give" jsonb;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "take" jsonb;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "their_give" jsonb;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "their_take" jsonb;--> statement-breakpoint
ALTER TABLE "peers" ADD COLUMN "paused" timestamp (3) with time zone;