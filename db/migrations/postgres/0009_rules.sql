CREATE TABLE "allowed_domains" (
	"domain" text PRIMARY KEY NOT NULL,
	"subdomains" boolean DEFAULT false NOT NULL,
	"comment" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"n" bigint PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"before" jsonb,
	"after" jsonb,
	"created" timestamp (3) with time zone NOT NULL,
	"previous" text NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "cooperative" ADD COLUMN "peering_mode" text DEFAULT 'approval' NOT NULL;--> statement-breakpoint
ALTER TABLE "cooperative" ADD COLUMN "show_rules" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "domain_rules" ADD COLUMN "reject_media" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "domain_rules" ADD COLUMN "reject_reports" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "domain_rules" ADD COLUMN "subdomains" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "domain_rules" ADD COLUMN "public_comment" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "domain_rules" ADD COLUMN "obfuscate" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "audit_actor" ON "audit" USING btree ("actor","n");--> statement-breakpoint
CREATE INDEX "audit_action" ON "audit" USING btree ("action","n");