import { defineProject } from 'millrace'

export default defineProject({
  name: 'shop',
  environments: {
    prod: {},
    dev: { base: 'prod' },
  },
})
