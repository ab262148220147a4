import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SqliteDialect,
  type SqliteDialectConfig,
  type TransactionSettings,
} from 'kysely'
import { type Patience, withPatience } from './patience.ts'

/** Kysely's own SQLite dialect, whose statements wait for a lock without blocking the process. */
export class PatientSqliteDialect extends SqliteDialect {
  readonly #patience: Patience

  constructor(config: SqliteDialectConfig, patience: Patience) {
    super(config)
    this.#patience = patience
  }

  override createDriver(): Driver {
    return patientDriver(super.createDriver(), this.#patience)
  }
}

function patientDriver(driver: Driver, patience: Patience): Driver {
  const connections = new WeakMap<DatabaseConnection, PatientConnection>()
  const patient = (connection: DatabaseConnection): PatientConnection => {
    const known = connections.get(connection) ?? new PatientConnection(connection, patience)
    connections.set(connection, known)
    return known
  }
  return {
    init: () => driver.init(),
    destroy: () => driver.destroy(),
    acquireConnection: async () => patient(await driver.acquireConnection()),
    releaseConnection: async () => {},
    beginTransaction: (connection, settings: TransactionSettings) => driver.beginTransaction(connection, settings),
    commitTransaction: (connection) => driver.commitTransaction(connection),
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
  }
}

class PatientConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection
  readonly #patience: Patience

  constructor(connection: DatabaseConnection, patience: Patience) {
    this.#connection = connection
    this.#patience = patience
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return withPatience(this.#patience, () => this.#connection.executeQuery<R>(query))
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#connection.streamQuery<R>(query, chunkSize)
  }
}
