/** A listing on the wire, both ways: the readable Note and the structured Proposal that it carries. */
export { readListing } from './listing-read.ts';
export { writeNote, writeProposal } from './listing-write.ts';
