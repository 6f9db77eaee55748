export { huggingface, huggingface as default, type HuggingfaceOptions } from './huggingface.ts';
export { huggingfaceTasks } from './tasks/huggingface-tasks.ts';
