// What useChat keeps in React, without React.
export class State {
	status = 'ready';
	error = undefined;
	messages = [];
	pushMessage = (message) => { this.messages = this.messages.concat(message); };
	popMessage = () => { this.messages = this.messages.slice(0, -1); };
	replaceMessage = (index, message) => {
		this.messages = [...this.messages.slice(0, index), this.snapshot(message), ...this.messages.slice(index + 1)];
	};
	snapshot = (value) => structuredClone(value);
}
