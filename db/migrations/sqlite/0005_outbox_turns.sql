DROP INDEX `deliveries_due`;--> statement-breakpoint
DROP INDEX `deliveries_host`;--> statement-breakpoint
CREATE INDEX `deliveries_turn` ON `deliveries` (`state`,`host`,`priority`,`row`);--> statement-breakpoint
CREATE INDEX `deliveries_leased` ON `deliveries` (`leased`);