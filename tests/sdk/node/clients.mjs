// node clients.mjs PACKAGE ORIGIN: chats, streams and calls tools, then prints what it saw as JSON:
// {chat, stream, finish, calls: [{name, input}], error}.
const [, , name, origin] = process.argv;

const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const keys = {
  openai: "sk-test-0123456789abcdef",
  anthropic: "sk-ant-test-0123456789abcdef",
  gemini: "AIzaSyMock0123456789abcdefghijklmnopqrs",
};

const clients = {
  async openai() {
    const { default: OpenAI } = await import("openai");
    const client = new OpenAI({ baseURL: `${origin}/openai/v1`, apiKey: keys.openai, maxRetries: 0 });
    const ask = (content, more) =>
      client.chat.completions.create({ model: "gpt-4o", messages: [{ role: "user", content }], ...more });
    const chat = (await ask("Tell me a story")).choices[0].message.content;
    let stream = "";
    let finish = null;
    for await (const chunk of await ask("Tell me a story", { stream: true })) {
      stream += chunk.choices[0]?.delta.content ?? "";
      finish = chunk.choices[0]?.finish_reason ?? finish;
    }
    const tools = [{ type: "function", function: { name: "get_weather", parameters } }];
    const runner = client.chat.completions.stream({
      model: "gpt-4o",
      messages: [{ role: "user", content: "Use get_weather" }],
      tools,
    });
    const message = await runner.finalMessage();
    const calls = message.tool_calls.map((call) => ({
      name: call.function.name,
      input: JSON.parse(call.function.arguments),
    }));
    const error = await client.chat.completions
      .create({ model: "no-such-model", messages: [{ role: "user", content: "hi" }] })
      .catch((failure) => ({ name: failure.constructor.name, status: failure.status, code: failure.code }));
    const response = await client.responses.create({ model: "gpt-5", input: "Tell me a story" });
    return { chat, stream, finish, calls, error, responses: response.output_text };
  },

  async anthropic() {
    const { default: Anthropic } = await import("@anthropic-ai/sdk");
    const client = new Anthropic({ baseURL: `${origin}/anthropic`, apiKey: keys.anthropic, maxRetries: 0 });
    const model = "claude-haiku-4-5-20251001";
    const ask = (content, more) => ({ model, max_tokens: 512, messages: [{ role: "user", content }], ...more });
    const chat = (await client.messages.create(ask("Tell me a story"))).content[0].text;
    let stream = "";
    const streamed = client.messages.stream(ask("Tell me a story")).on("text", (piece) => (stream += piece));
    const finish = (await streamed.finalMessage()).stop_reason;
    const tools = [{ name: "get_weather", input_schema: parameters }];
    const called = await client.messages.stream(ask("Use get_weather", { tools })).finalMessage();
    const calls = called.content
      .filter((block) => block.type === "tool_use")
      .map(({ name, input }) => ({ name, input }));
    const error = await client.messages
      .create(ask("hi", { model: "no-such-model" }))
      .catch((failure) => ({ name: failure.constructor.name, status: failure.status }));
    return { chat, stream, finish, calls, error };
  },

  async genai() {
    const { GoogleGenAI } = await import("@google/genai");
    const client = new GoogleGenAI({ apiKey: keys.gemini, httpOptions: { baseUrl: `${origin}/gemini` } });
    const ask = (contents, config) => ({ model: "gemini-2.5-flash", contents, config });
    const chat = (await client.models.generateContent(ask("Tell me a story"))).text;
    let stream = "";
    let finish = null;
    for await (const chunk of await client.models.generateContentStream(ask("Tell me a story"))) {
      stream += chunk.text ?? "";
      finish = chunk.candidates[0].finishReason ?? finish;
    }
    const tools = [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: parameters }] }];
    const called = await client.models.generateContent(ask("Use get_weather", { tools }));
    const calls = called.functionCalls.map(({ name, args }) => ({ name, input: args }));
    const error = await client.models
      .generateContent({ model: "no-such-model", contents: "hi" })
      .catch((failure) => ({ name: failure.constructor.name, status: failure.status }));
    return { chat, stream, finish, calls, error };
  },

  async ai() {
    const { generateText, streamText, tool, jsonSchema } = await import("ai");
    const { createOpenAI } = await import("@ai-sdk/openai");
    const { createAnthropic } = await import("@ai-sdk/anthropic");
    const { createGoogleGenerativeAI } = await import("@ai-sdk/google");
    const openai = createOpenAI({ baseURL: `${origin}/openai/v1`, apiKey: keys.openai });
    const anthropic = createAnthropic({ baseURL: `${origin}/anthropic/v1`, apiKey: keys.anthropic });
    const google = createGoogleGenerativeAI({ baseURL: `${origin}/gemini/v1beta`, apiKey: keys.gemini });
    const models = [
      openai("gpt-5"),
      openai.chat("gpt-4o"),
      anthropic("claude-haiku-4-5-20251001"),
      google("gemini-2.5-flash"),
    ];
    const tools = { get_weather: tool({ inputSchema: jsonSchema(parameters) }) };
    const seen = [];
    for (const model of models) {
      const { text: chat } = await generateText({ model, prompt: "Tell me a story", maxRetries: 0 });
      const streamed = streamText({ model, prompt: "Tell me a story", maxRetries: 0 });
      let stream = "";
      for await (const piece of streamed.textStream) stream += piece;
      const called = await generateText({ model, prompt: "Use get_weather", tools, maxRetries: 0 });
      const calls = called.toolCalls.map(({ toolName, input }) => ({ name: toolName, input }));
      seen.push({ provider: model.provider, chat, stream, finish: await streamed.finishReason, calls });
    }
    return seen;
  },
};

console.log(JSON.stringify(await clients[name]()));
