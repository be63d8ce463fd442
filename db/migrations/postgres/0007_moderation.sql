CREATE TABLE "appeals" (
	"id" text PRIMARY KEY NOT NULL,
	"decision" text NOT NULL,
	"report" text NOT NULL,
	"text" text NOT NULL,
	"state" text NOT NULL,
	"answer" text NOT NULL,
	"decided_by" text,
	"created" timestamp (3) with time zone NOT NULL,
	"decided" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "decision_texts" (
	"action" text PRIMARY KEY NOT NULL,
	"texts" jsonb NOT NULL,
	"updated" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"id" text PRIMARY KEY NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"object" text NOT NULL,
	"object_kind" text NOT NULL,
	"title" text NOT NULL,
	"ground" text NOT NULL,
	"ground_text" text NOT NULL,
	"reasons" text NOT NULL,
	"by" text NOT NULL,
	"until" timestamp (3) with time zone,
	"kept" jsonb,
	"confirmed" timestamp (3) with time zone,
	"lifted" timestamp (3) with time zone,
	"lifted_by" text,
	"lifted_reasons" text,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "moderation_lines" (
	"row" bigserial PRIMARY KEY NOT NULL,
	"report" text,
	"decision" text,
	"type" text NOT NULL,
	"by" text,
	"text" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "restrictions" (
	"uri" text PRIMARY KEY NOT NULL,
	"effect" text NOT NULL,
	"decision" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "listings" ADD COLUMN "awaits" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "subject" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "title" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "snapshot" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "location" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "origin" text DEFAULT 'form' NOT NULL;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "reporter_name" text;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "reporter_email" text;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "reporter_locale" text DEFAULT 'fr' NOT NULL;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "flag" text;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "claimed_by" text;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "decided" text;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "forwarded_to" text;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "forwarded_flag" text;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "forwarded" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "answer" text;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "answer_text" text;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "answered" timestamp (3) with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "appeals_once" ON "appeals" USING btree ("decision","report");--> statement-breakpoint
CREATE INDEX "appeals_state" ON "appeals" USING btree ("state","created");--> statement-breakpoint
CREATE INDEX "decisions_subject" ON "decisions" USING btree ("subject","created");--> statement-breakpoint
CREATE INDEX "decisions_until" ON "decisions" USING btree ("until");--> statement-breakpoint
CREATE INDEX "moderation_lines_report" ON "moderation_lines" USING btree ("report","row");--> statement-breakpoint
CREATE INDEX "moderation_lines_age" ON "moderation_lines" USING btree ("created");--> statement-breakpoint
CREATE INDEX "restrictions_effect" ON "restrictions" USING btree ("effect");--> statement-breakpoint
CREATE INDEX "reports_subject" ON "reports" USING btree ("subject","created");--> statement-breakpoint
CREATE INDEX "reports_object" ON "reports" USING btree ("object","state");--> statement-breakpoint
CREATE INDEX "reports_reporter" ON "reports" USING btree ("reporter","created");--> statement-breakpoint
CREATE INDEX "reports_decided" ON "reports" USING btree ("decided");--> statement-breakpoint
CREATE INDEX "reports_forwarded" ON "reports" USING btree ("forwarded_flag");