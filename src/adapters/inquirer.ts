/** The questions that devk8s asks, and no others: the package's editor alone is most of its weight. */
export { confirm, input, password, search, select } from '@inquirer/prompts'
