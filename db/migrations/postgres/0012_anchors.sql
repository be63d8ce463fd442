CREATE TABLE "anchors" (
	"host" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"ours" boolean NOT NULL,
	"trusted" boolean NOT NULL,
	"skips" jsonb NOT NULL,
	"offers" jsonb NOT NULL,
	"marks" jsonb NOT NULL,
	"problem" text NOT NULL,
	"checked" timestamp (3) with time zone,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "entity_pins" (
	"host" text PRIMARY KEY NOT NULL,
	"thumbprints" jsonb NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"renewed" timestamp (3) with time zone,
	"new_thumbprints" jsonb,
	"new_seen" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "given_marks" (
	"slug" text NOT NULL,
	"host" text NOT NULL,
	"given" timestamp (3) with time zone NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	"revoked" timestamp (3) with time zone,
	CONSTRAINT "given_marks_slug_host_pk" PRIMARY KEY("slug","host")
);
--> statement-breakpoint
CREATE TABLE "mark_types" (
	"slug" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"text" text NOT NULL,
	"link" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "subordinates" (
	"host" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"jwks" jsonb NOT NULL,
	"problem" text NOT NULL,
	"checked" timestamp (3) with time zone NOT NULL,
	"created" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "vouchings" (
	"host" text NOT NULL,
	"anchor" text NOT NULL,
	"marks" jsonb NOT NULL,
	"lost" jsonb NOT NULL,
	"lost_seen" timestamp (3) with time zone,
	"checked" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "vouchings_host_anchor_pk" PRIMARY KEY("host","anchor")
);
--> statement-breakpoint
CREATE INDEX "given_marks_host" ON "given_marks" USING btree ("host");