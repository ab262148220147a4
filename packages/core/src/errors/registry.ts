import { commandErrors } from './command.ts'
import { engineErrors } from './engine.ts'
import { filesErrors } from './files.ts'
import { lakeErrors } from './lake.ts'
import { planErrors } from './plan.ts'
import { projectErrors } from './project.ts'
import { runErrors } from './run.ts'
import { sqlErrors } from './sql.ts'

/** Every error that a user can meet. One area a file; the docs' page of errors is generated from here. */
export const errors: typeof commandErrors &
  typeof engineErrors &
  typeof filesErrors &
  typeof lakeErrors &
  typeof planErrors &
  typeof projectErrors &
  typeof runErrors &
  typeof sqlErrors = {
  ...commandErrors,
  ...engineErrors,
  ...filesErrors,
  ...lakeErrors,
  ...planErrors,
  ...projectErrors,
  ...runErrors,
  ...sqlErrors,
}

export type Code = keyof typeof errors
export type ParamsOf<C extends Code> = Parameters<(typeof errors)[C]['say']>[0]
