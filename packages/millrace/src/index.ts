// What definition files import: the define functions and their types. `export *` lets a project's generated file add its
// tables to the interface `Tables`. The command has an entry of its own and is not loaded here.
export * from '@millrace/core/authors'
