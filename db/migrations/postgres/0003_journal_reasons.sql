DROP INDEX "received_created";--> statement-breakpoint
DROP INDEX "received_host";--> statement-breakpoint
ALTER TABLE "received" ADD COLUMN "code" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "received" ADD COLUMN "details" jsonb;--> statement-breakpoint
CREATE INDEX "activities_age" ON "activities" USING btree ("listed","created");--> statement-breakpoint
CREATE INDEX "deliveries_age" ON "deliveries" USING btree ("state","finished");--> statement-breakpoint
CREATE INDEX "received_outcome" ON "received" USING btree ("outcome","row");--> statement-breakpoint
CREATE INDEX "received_type" ON "received" USING btree ("type","row");--> statement-breakpoint
CREATE INDEX "received_host" ON "received" USING btree ("host","row");