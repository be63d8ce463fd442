-- Words of every listing, folded and stemmed by us; rowid = listings.row. Contentless: the text is not kept twice.
CREATE VIRTUAL TABLE `listing_words` USING fts5(words, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');
