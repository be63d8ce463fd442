CREATE TABLE "attestation_kinds" (
	"code" text PRIMARY KEY NOT NULL,
	"names" jsonb NOT NULL,
	"texts" jsonb NOT NULL,
	"position" bigint NOT NULL,
	"retired" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "attestations" (
	"id" text PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"member" text NOT NULL,
	"by_actor" text NOT NULL,
	"note" text NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"revoked" timestamp (3) with time zone,
	"revoked_by" text,
	"reason" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "hidden_halves" (
	"listing" text PRIMARY KEY NOT NULL,
	"body" jsonb,
	"price" jsonb
);
--> statement-breakpoint
CREATE TABLE "membership_views" (
	"actor" text PRIMARY KEY NOT NULL,
	"audience" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recognitions" (
	"host" text NOT NULL,
	"theirs" text NOT NULL,
	"ours" text NOT NULL,
	CONSTRAINT "recognitions_host_theirs_pk" PRIMARY KEY("host","theirs")
);
--> statement-breakpoint
CREATE TABLE "shown_attestations" (
	"grant_id" text NOT NULL,
	"attestation" text NOT NULL,
	"host" text NOT NULL,
	"expires" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "shown_attestations_grant_id_attestation_pk" PRIMARY KEY("grant_id","attestation")
);
--> statement-breakpoint
CREATE TABLE "verifiers" (
	"actor" text NOT NULL,
	"code" text NOT NULL,
	"appointed" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "verifiers_actor_code_pk" PRIMARY KEY("actor","code")
);
--> statement-breakpoint
CREATE TABLE "vouched_attestations" (
	"uri" text PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"host" text NOT NULL,
	"code" text NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	"expires" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "listings" ADD COLUMN "held" jsonb;--> statement-breakpoint
CREATE INDEX "attestations_member" ON "attestations" USING btree ("member","created");--> statement-breakpoint
CREATE INDEX "shown_attestations_attestation" ON "shown_attestations" USING btree ("attestation");--> statement-breakpoint
CREATE INDEX "shown_attestations_expires" ON "shown_attestations" USING btree ("expires");--> statement-breakpoint
CREATE INDEX "vouched_attestations_actor" ON "vouched_attestations" USING btree ("actor");--> statement-breakpoint
CREATE INDEX "vouched_attestations_expires" ON "vouched_attestations" USING btree ("expires");--> statement-breakpoint
CREATE INDEX "vouched_attestations_host" ON "vouched_attestations" USING btree ("host");