/** One step of the database, in plain SQL. Once released it is never edited: a change is a further step. */
export interface Migration {
  /** `NNNN-what`; the number gives the order. */
  readonly name: string;
  readonly sql: string;
}
