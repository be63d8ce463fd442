ALTER TABLE "attestations" ADD COLUMN "reminded" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "attestations_until" ON "attestations" USING btree ("until");