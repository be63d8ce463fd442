CREATE TABLE "entities" (
	"host" text PRIMARY KEY NOT NULL,
	"thumbprints" jsonb NOT NULL,
	"metadata" jsonb NOT NULL,
	"refused" timestamp (3) with time zone,
	"fetched" timestamp (3) with time zone NOT NULL,
	"expires" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "guests" (
	"hash" text PRIMARY KEY NOT NULL,
	"issuer" text NOT NULL,
	"actor" text NOT NULL,
	"host" text NOT NULL,
	"sid" text NOT NULL,
	"csrf" text NOT NULL,
	"user_agent" text NOT NULL,
	"level" text NOT NULL,
	"since" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"expires" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "oidc_records" (
	"id" text PRIMARY KEY NOT NULL,
	"grant_id" text,
	"payload" jsonb NOT NULL,
	"consumed" timestamp (3) with time zone,
	"expires" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_attempts" (
	"hash" text PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"state" text NOT NULL,
	"nonce" text NOT NULL,
	"verifier" text NOT NULL,
	"next" text NOT NULL,
	"expires" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "visits" (
	"grant_id" text PRIMARY KEY NOT NULL,
	"sid" text,
	"session" text NOT NULL,
	"actor" text NOT NULL,
	"host" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "guests_host" ON "guests" USING btree ("host");--> statement-breakpoint
CREATE INDEX "guests_subject" ON "guests" USING btree ("issuer","actor");--> statement-breakpoint
CREATE INDEX "guests_expires" ON "guests" USING btree ("expires");--> statement-breakpoint
CREATE INDEX "oidc_records_grant" ON "oidc_records" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "oidc_records_expires" ON "oidc_records" USING btree ("expires");--> statement-breakpoint
CREATE INDEX "sign_in_attempts_expires" ON "sign_in_attempts" USING btree ("expires");--> statement-breakpoint
CREATE INDEX "visits_session" ON "visits" USING btree ("session");--> statement-breakpoint
CREATE INDEX "visits_created" ON "visits" USING btree ("created");