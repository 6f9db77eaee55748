/** The dialect's name. */
export const dialectName = 'huggingface-tasks';

/** Where its clients ask for a model. */
export const modelsPath = '/hf-inference/models/';
