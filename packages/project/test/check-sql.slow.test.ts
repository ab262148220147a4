// The SQL of checks as it is written: what the plan refuses, and where it is shown.
import { compile, describeIssue, type Hash, type Issue } from '@millrace/core'
import { openSqlReader } from '@millrace/sql'
import { hash } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { loadProject } from '../src/index.ts'
import { config, folder, model, removeFolders, short } from './folder.ts'

afterEach(removeFolders)

const told = (one: Issue): string => {
  const { problem } = one.params
  return `${short(one)} ${typeof problem === 'string' ? problem : ''}`
}

test('the SQL of checks is read with the project, and its mistakes are told where they stand', async () => {
  const place = folder({
    'millrace.config.ts': config,
    'tables/a/source.ts': `import { defineSource } from 'millrace'
export default defineSource({ columns: { id: { type: 'int64', checks: [{ expression: 'iid > 0' }] }, t: { type: 'timestamp' } },
  checks: [{ fresh: '1h', by: 't' }, { expression: 't < now()' }, { rule: { unique: ['id'] }, where: 'lenght(t) > 1' }],
  async *read() {} })`,
    'tables/a/model.sql': `/* millrace
write: { history: id, changedAt: t }
columns:
  id: { checks: [{ match: "(" }, { match: "[0-9]+" }] }
checks:
  - sql: |
      select s.id
      from a.sourc s
      where s.id is null
  - { expression: "valid_from < valid_to or is_current" }
*/
select id, t from a.source`,
    'tables/a/order.sql': '/* millrace\nchecks: [{ expression: id is not null }]\n*/\nselect id from a.model',
  })
  const sqlReader = openSqlReader()
  const { issues } = await loadProject(place.root, { sqlReader })
  await sqlReader.close()
  expect(issues.map(short)).toEqual([
    'model/bad-pattern tables/a/model.sql:4:28+1',
    'sql/unknown-table tables/a/model.sql:8:12+7 [a.source]',
    'sql/unknown-column tables/a/source.ts:2:87+3 [id]',
    'sql/unknown-function tables/a/source.ts:3:103+6 [length]',
  ])
})

test('a condition of a check is one that a row can be asked, and one of a select that of the rows which it finds', async () => {
  const one = (column: string, ...checks: readonly string[]): string => `/* millrace
write: replace
columns:
  amount: { checks: [{ min: 0 }, ${column}] }
checks:
  - { rule: { expression: 'name <> $x' }, on: warn }
${checks.map((check) => `  - ${check}`).join('\n')}
*/
select 1 as id, 2 as amount, 'x' as name, true as flag`
  const place = folder({
    'millrace.config.ts': config,
    'tables/a/fine.sql': one(
      `{ rule: { min: 1 }, where: 'flag or amount < (select max(id) from a.others)' }`,
      `{ expression: 'flag' }`,
      `{ expression: 'null' }`,
      `{ expression: 'amount < extract(year from now())' }`,
      `{ rule: { sql: 'select count(*) as n from a.fine' }, where: 'n > 3' }`,
      `{ rule: { sql: 'select id as line from a.fine -- it' }, where: 'found.line > 1 -- one' }`,
      `{ rule: { expression: 'exists (select 1 from a.others o where o.id = fine.id)' }, on: quarantine }`,
      `{ rule: { sql: 'from a.fine where random() > 2' }, where: 'flag' }`,
    ).replace('$x', 'id'),
    'tables/a/others.sql': 'select 1 as id',
    'tables/a/bad.sql': one(
      `{ rule: { min: 1 }, where: 'amount' }`,
      `{ expression: 'sum(amount) > 3' }`,
      `{ expression: 'row_number() over () > 0' }`,
      `{ expression: 'name' }`,
      `{ expression: 'random() > 2' }`,
      `{ expression: "current_user = 'x'" }`,
      `{ rule: { expression: 'amount < extract(year from now())' }, on: quarantine }`,
      `{ rule: { unique: [id] }, where: 'max(id) > 1' }`,
      `{ rule: { sql: 'select id from a.bad' }, where: 'amount > 1' }`,
      `{ rule: { sql: 'select id from a.bad' }, where: 'id + 1' }`,
      `{ rule: { sql: 'selec id from a.bad' }, where: 'id > 1' }`,
    ),
    'tables/a/code.ts':
      model(`export default defineModel({ reads: [], write: 'replace', columns: { id: { type: 'int64' } },
  checks: [{ sql: 'select id from a.code where id > 3' }, { expression: 'sum(id) > 3' }, { expression: 'id' }], *run() {} })\n`),
  })
  const sqlReader = openSqlReader()
  const { issues } = await loadProject(place.root, { sqlReader })
  await sqlReader.close()
  expect(issues.map(told)).toEqual([
    'model/bad-condition tables/a/bad.sql:4:62+6 it is integer, neither true nor false',
    'model/bad-condition tables/a/bad.sql:6:28+10 nothing gives it $x',
    'model/bad-condition tables/a/bad.sql:7:20+3 it gathers several rows',
    'model/bad-condition tables/a/bad.sql:8:20+10 it looks at other rows through a window',
    'model/bad-condition tables/a/bad.sql:9:20+4 it is varchar, neither true nor false',
    'model/bad-condition tables/a/bad.sql:10:20+6 random() is no matter of data',
    'model/bad-condition tables/a/bad.sql:11:20+12 current_user is no matter of data',
    'model/bad-condition tables/a/bad.sql:12:55+3 now() gives another value at every run, and quarantine decides which rows there are',
    'model/bad-condition tables/a/bad.sql:13:39+3 it gathers several rows',
    'model/bad-condition tables/a/bad.sql:14:54+6 the select gives no column amount',
    'model/bad-condition tables/a/bad.sql:15:54+6 it is integer, neither true nor false',
    'sql/syntax tables/a/bad.sql:16:30+4 ',
    'model/bad-condition tables/a/code.ts:3:74+3 it gathers several rows',
    'model/bad-condition tables/a/code.ts:3:105+2 it is bigint, neither true nor false',
  ])
  expect(issues.map((each) => describeIssue(each).fix).filter((fix) => /select/i.test(fix))).toHaveLength(6)
})

test('mistakes of checks are shown at the check that has them', async () => {
  const place = folder({
    'millrace.config.ts': config,
    'tables/a/it.sql': `/* millrace
write: replace
columns:
  id: { checks: [{ in: [1, 2] }, { rule: { match: '[' }, where: "id::text <> '['" }, { min: nowhere }] }
checks:
  - { rule: { expression: "amount <> 'amount +' or amount is null" }, name: nobody or some }
  - expression: 'amount +'
  - { rule: { unique: [id, nobody] }, on: warn }
  - { fresh: 1d, by: some }
  - { fresh: 1d, by: id }
  - { rows: { min: 3 } }
  - { rows: {} }
  - { rule: { rows: { max: 1 } }, on: quarantine }
*/
select 1 as id, 'x' as amount`,
    'seeds/a/s.csv': 'id\n1\n',
    'seeds/a/s.yaml':
      'columns: { id: int64 }\nchecks: [{ expression: "id <> 5" }, { unique: [id, five] }, { expression: "id + five" }]\n',
  })
  const sqlReader = openSqlReader()
  const { project, facts, issues } = await loadProject(place.root, { sqlReader })
  await sqlReader.close()
  const compiled = compile(project, facts, sqlReader.version, (text) => hash('sha256', text) as Hash)
  expect([...issues, ...compiled.issues].map(short)).toEqual([
    'model/bad-pattern tables/a/it.sql:4:52+1',
    'sql/syntax tables/a/it.sql:7:18+8',
    'sql/unknown-column seeds/a/s.yaml:2:81+4',
    'model/unknown-column tables/a/it.sql:8:28+6 []',
    'model/unknown-column tables/a/it.sql:9:22+4 []',
    'model/check-value tables/a/it.sql:4:93+7',
    'model/bad-check tables/a/it.sql:10:22+2',
    'model/bad-check tables/a/it.sql:12:13+2',
    'model/no-quarantine tables/a/it.sql:13:39+10',
    'model/unknown-column seeds/a/s.yaml:2:52+4 []',
  ])
  expect(describeIssue(issues[0] as Issue)).toMatchObject({
    message: '`[` in the check "id matches [" of a.it is no regular expression: missing ]: [.',
  })
  expect(describeIssue(issues[1] as Issue).message).toBe('The SQL cannot be parsed: syntax error at its end')
})
