/** The addresses a stack test takes with `inject(…)`; `stack-setup.ts` provides them. */
declare module 'vitest' {
  interface ProvidedContext {
    /** host:port of one Kafka broker. */
    kafka: string;
    /** Base URL of the Confluent-compatible schema registry. */
    registry: string;
    /** URL of a Postgres database on whose server `create database` is allowed. */
    database: string;
  }
}

export {};
