/** What a plugin's module must not do. */
process.on('SIGUSR2', () => {});
setInterval(() => {}, 1000);
Object.assign(globalThis, { noisy: true });
console.log('Hello.');

export default {};
