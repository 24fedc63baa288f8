import './webjars/markdown-it/dist/markdown-it.min.js';

// HTML is shown and not taken as such; links lead nowhere but to pages, and images, which would be fetched, are none
const markdown = globalThis.markdownit({ html: false, linkify: false }).disable('image');

const link = markdown.renderer.rules.link_open ?? ((tokens, index, options, env, self) => self.renderToken(tokens, index, options));

markdown.renderer.rules.link_open = (tokens, index, options, env, self) => {
	tokens[index].attrSet('target', '_blank');
	tokens[index].attrSet('rel', 'noopener noreferrer nofollow');
	return link(tokens, index, options, env, self);
};

/** HTML of a text in Markdown, safe to be shown whoever wrote it. */
export function render(text) {
	return markdown.render(text).trim();
}
