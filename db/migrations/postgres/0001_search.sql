-- Words of every listing, folded and stemmed by us; "row" = listings.row.
CREATE TABLE "listing_words" ("row" bigint PRIMARY KEY, "words" tsvector NOT NULL);
--> statement-breakpoint
CREATE INDEX "listing_words_words" ON "listing_words" USING gin ("words");
