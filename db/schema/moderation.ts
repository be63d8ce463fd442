/** What was reported, what was decided about it and why, and what that keeps away from whom. */
import type { Kit } from './kit.ts';

export const moderationTables = (k: Kit) => ({
  reports: k.table(
    'reports',
    {
      id: k.text('id').primaryKey(),
      /** URI of the reported listing, member or message. */
      object: k.text('object').notNull(),
      objectKind: k.text('object_kind').notNull(),
      /** URI of the actor who published, wrote or is it; empty in old rows. */
      subject: k.text('subject').notNull().default(''),
      /** What it was called, what it said when it was reported (plain text), and the page where it was seen. */
      title: k.text('title').notNull().default(''),
      snapshot: k.text('snapshot').notNull().default(''),
      location: k.text('location').notNull().default(''),
      /** form, flag (of another server) or own (a moderator's initiative). */
      origin: k.text('origin').notNull().default('form'),
      /** URI of the member who reports; or what a visitor says of themselves. For moderators alone, and for a time. */
      reporter: k.text('reporter'),
      reporterName: k.text('reporter_name'),
      reporterEmail: k.text('reporter_email'),
      reporterLocale: k.text('reporter_locale').notNull().default('fr'),
      /** Host that sent a federated Flag. */
      host: k.text('host'),
      /** Ids of the Flags, blanks between, when their server is a partner that waits for an answer to each. */
      flag: k.text('flag'),
      reason: k.text('reason').notNull(),
      text: k.text('text').notNull(),
      /** open, closed (decided), appealed */
      state: k.text('state').notNull(),
      /** Account of the moderator who looks into it. */
      claimedBy: k.text('claimed_by'),
      /** Why it was closed, as the reporter reads it. */
      decision: k.text('decision').notNull(),
      /** `decisions.id` */
      decided: k.text('decided'),
      /** Host that it was forwarded to, by which Flag, and what that server answered: accepted or rejected. */
      forwardedTo: k.text('forwarded_to'),
      forwardedFlag: k.text('forwarded_flag'),
      forwarded: k.instant('forwarded'),
      answer: k.text('answer'),
      answerText: k.text('answer_text'),
      answered: k.instant('answered'),
      created: k.instant('created').notNull(),
      updated: k.instant('updated').notNull(),
    },
    (t) => [
      k.index('reports_state').on(t.state, t.created),
      k.index('reports_subject').on(t.subject, t.created),
      k.index('reports_object').on(t.object, t.state),
      k.index('reports_reporter').on(t.reporter, t.created),
      k.index('reports_decided').on(t.decided),
      k.index('reports_forwarded').on(t.forwardedFlag),
    ],
  ),
  /** A decision with its statement of reasons (DSA art. 17). */
  decisions: k.table(
    'decisions',
    {
      id: k.text('id').primaryKey(),
      /** `src/domain/moderation/actions.ts` has the words of it. */
      action: k.text('action').notNull(),
      /** The actor concerned, and the thing. */
      subject: k.text('subject').notNull(),
      object: k.text('object').notNull(),
      objectKind: k.text('object_kind').notNull(),
      title: k.text('title').notNull(),
      /** law or rules, and which. */
      ground: k.text('ground').notNull(),
      groundText: k.text('ground_text').notNull(),
      /** The facts and why, as the one concerned reads them. */
      reasons: k.text('reasons').notNull(),
      /** Account of the moderator. */
      by: k.text('by').notNull(),
      /** Ends by itself; null = until it is lifted, or for good. */
      until: k.instant('until'),
      /** What is needed to undo it. */
      kept: k.json('kept').$type<Record<string, unknown>>(),
      /** When a member of ours said that they had read it. */
      confirmed: k.instant('confirmed'),
      lifted: k.instant('lifted'),
      liftedBy: k.text('lifted_by'),
      liftedReasons: k.text('lifted_reasons'),
      created: k.instant('created').notNull(),
    },
    (t) => [k.index('decisions_subject').on(t.subject, t.created), k.index('decisions_until').on(t.until)],
  ),
  /** Somebody contests a decision (DSA art. 20). */
  appeals: k.table(
    'appeals',
    {
      id: k.text('id').primaryKey(),
      decision: k.text('decision').notNull(),
      /** The report whose sender contests; empty = the one concerned does. */
      report: k.text('report').notNull(),
      text: k.text('text').notNull(),
      /** open, upheld (the decision stands), reversed */
      state: k.text('state').notNull(),
      answer: k.text('answer').notNull(),
      decidedBy: k.text('decided_by'),
      created: k.instant('created').notNull(),
      decided: k.instant('decided'),
    },
    (t) => [k.uniqueIndex('appeals_once').on(t.decision, t.report), k.index('appeals_state').on(t.state, t.created)],
  ),
  /** What became of a report, line by line, and the moderators' notes. Only ever added to. */
  moderationLines: k.table(
    'moderation_lines',
    {
      row: k.rowId('row'),
      report: k.text('report'),
      decision: k.text('decision'),
      type: k.text('type').notNull(),
      /** Account that did it; null = a visitor, another server or the clock. */
      by: k.text('by'),
      text: k.text('text').notNull(),
      created: k.instant('created').notNull(),
    },
    (t) => [k.index('moderation_lines_report').on(t.report, t.row), k.index('moderation_lines_age').on(t.created)],
  ),
  /** What is kept away from here, by URI of a listing or an actor, also while no copy of it is here. */
  restrictions: k.table(
    'restrictions',
    {
      uri: k.text('uri').primaryKey(),
      /** hidden (from everybody here) or limited (a member of ours: see docs/moderation.md). */
      effect: k.text('effect').notNull(),
      decision: k.text('decision').notNull(),
      created: k.instant('created').notNull(),
    },
    (t) => [k.index('restrictions_effect').on(t.effect)],
  ),
  /** The cooperative's own words for a decision, instead of those that come with the program. */
  decisionTexts: k.table('decision_texts', {
    action: k.text('action').primaryKey(),
    texts: k.json('texts').$type<{ fr: string; en: string }>().notNull(),
    updated: k.instant('updated').notNull(),
  }),
});
