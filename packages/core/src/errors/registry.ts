import { commandErrors } from './command.ts'
import { engineErrors } from './engine.ts'
import { environmentErrors } from './environment.ts'
import { filesErrors } from './files.ts'
import { lakeErrors } from './lake.ts'
import { modelErrors } from './model.ts'
import { planErrors } from './plan.ts'
import { projectErrors } from './project.ts'
import { runErrors } from './run.ts'
import { sqlErrors } from './sql.ts'

type Registry = typeof commandErrors &
  typeof engineErrors &
  typeof environmentErrors &
  typeof filesErrors &
  typeof lakeErrors &
  typeof modelErrors &
  typeof planErrors &
  typeof projectErrors &
  typeof runErrors &
  typeof sqlErrors

/** Every error that a user can meet. One area a file; the docs' page of errors is generated from here. */
export const errors: Registry = {
  ...commandErrors,
  ...engineErrors,
  ...environmentErrors,
  ...filesErrors,
  ...lakeErrors,
  ...modelErrors,
  ...planErrors,
  ...projectErrors,
  ...runErrors,
  ...sqlErrors,
}

export type Code = keyof Registry
export type ParamsOf<C extends Code> = Parameters<Registry[C]['say']>[0]
