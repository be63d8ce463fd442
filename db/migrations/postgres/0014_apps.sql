CREATE TABLE "app_codes" (
	"hash" text PRIMARY KEY NOT NULL,
	"app" text NOT NULL,
	"account" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"redirect_uri" text NOT NULL,
	"challenge" text NOT NULL,
	"grant_id" text,
	"expires" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "app_grants" (
	"id" text PRIMARY KEY NOT NULL,
	"app" text NOT NULL,
	"account" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"seen" timestamp (3) with time zone,
	"expires" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "app_tokens" (
	"hash" text PRIMARY KEY NOT NULL,
	"grant_id" text NOT NULL,
	"kind" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"used" timestamp (3) with time zone,
	"expires" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "apps" (
	"id" text PRIMARY KEY NOT NULL,
	"account" text NOT NULL,
	"name" text NOT NULL,
	"website" text NOT NULL,
	"redirect_uris" jsonb NOT NULL,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "saved" (
	"account" text NOT NULL,
	"listing" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "saved_account_listing_pk" PRIMARY KEY("account","listing")
);
--> statement-breakpoint
CREATE INDEX "app_codes_account" ON "app_codes" USING btree ("account");--> statement-breakpoint
CREATE INDEX "app_codes_expires" ON "app_codes" USING btree ("expires");--> statement-breakpoint
CREATE INDEX "app_grants_account" ON "app_grants" USING btree ("account","created");--> statement-breakpoint
CREATE INDEX "app_grants_app" ON "app_grants" USING btree ("app");--> statement-breakpoint
CREATE INDEX "app_grants_expires" ON "app_grants" USING btree ("expires");--> statement-breakpoint
CREATE INDEX "app_tokens_grant" ON "app_tokens" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "app_tokens_expires" ON "app_tokens" USING btree ("expires");--> statement-breakpoint
CREATE INDEX "apps_account" ON "apps" USING btree ("account","created");--> statement-breakpoint
CREATE INDEX "saved_newest" ON "saved" USING btree ("account","created");--> statement-breakpoint
CREATE INDEX "saved_listing" ON "saved" USING btree ("listing");