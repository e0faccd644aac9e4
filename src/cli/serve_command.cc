// Tested by tests/integration/serve_test.py.
// talmach serve
//
// Weights are read once and shared. Each worker of the server has its own translator for each
// model, with a single thread: requests run side by side instead of waiting for each other's
// threads. Limits of single requests are flags; Settle derives those of an address and of all
// answers together.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/signals.h"
#include "cli/translation_flags.h"
#include "project/open_translator.h"
#include "search/translator.h"
#include "serving/access_policy.h"
#include "serving/translation_server.h"

namespace talmach {
namespace {

struct ServeOptions {
  TranslationFlags model;
  ServerOptions server;
  std::vector<std::string> allowed_origins;
  Index port = 8080;
};

// The directories of one model, an ensemble if they are several.
struct NamedModel {
  std::string name;
  std::vector<std::string> directories;
};

void DeclareFlags(ServeOptions& options, CommandLine& line) {
  constexpr double kMaxPort = 65535;
  constexpr double kDay = 86400;
  HttpOptions& http = options.server.http;
  options.server.title.clear();  // by default that of the model
  line.Group("Server")
      .Text("host", &http.host, "ADDRESS",
            "where to listen; by default only this machine can reach it")
      .Number("port", &options.port, {0, kMaxPort}, "of TCP; 0 takes any free one")
      .List("allow-origin", &options.allowed_origins, "URL…",
            "pages that may use the server from a browser, e.g. https://example.org")
      .Text("title", &options.server.title, "TEXT", "of the page; by default the model's folder");
  line.Group("Limits")
      .Number("max-requests", &options.server.queue.max_requests, {1, 1000},
              "waiting and under way; more are answered with 503")
      .Number("max-body", &http.max_body_bytes, {100, 1e9}, "bytes of a request")
      .Number("max-sentences", &options.server.limits.max_sentences, {1, 1e6}, "of a request")
      .Number("max-work", &options.server.limits.max_steps, {1, 1e15},
              "steps that the search of a request may take: sentences × beam × length")
      .Number("max-answer", &options.server.limits.max_answer_bytes, {1, 1e12},
              "bytes of attention in an answer, as estimated before the work")
      .Number("max-connections", &http.max_connections, {1, 100000},
              "at a time, of which one address may have a quarter")
      .Number("timeout", &http.answer_seconds, {0.001, kDay},
              "seconds until a request that is not done is answered with 503");
  options.model.DeclareModel(line);
  options.model.DeclareSearch(line);
}

std::string DefaultTitle(const std::string& model) {
  const std::filesystem::path path = std::filesystem::absolute(model).lexically_normal();
  const std::filesystem::path name = path.has_filename() ? path : path.parent_path();
  return name.parent_path().filename().string() + "/" + name.filename().string();
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// Models by name, from "DIR" and "NAME=DIR". The same name again adds to an ensemble.
std::vector<NamedModel> ParseModels(const std::vector<std::string>& arguments) {
  std::vector<NamedModel> models;
  for (const std::string& argument : arguments) {
    const std::size_t equals = std::min(argument.find('='), argument.size());
    const bool named =
        equals < argument.size() && equals > 0 &&
        std::all_of(argument.begin(), argument.begin() + static_cast<std::ptrdiff_t>(equals),
                    IsNameCharacter);
    const std::string name = named ? argument.substr(0, equals) : "default";
    auto model = std::ranges::find(models, name, &NamedModel::name);
    if (model == models.end()) model = models.insert(model, {.name = name, .directories = {}});
    model->directories.push_back(named ? argument.substr(equals + 1) : argument);
  }
  return models;
}

// Models and, for each worker of the server, translators of its own.
class Translators {
 public:
  explicit Translators(Index num_workers) : workers_(static_cast<std::size_t>(num_workers)) {}

  // The next model, in the order of `Translate`.
  ServedModel Add(const NamedModel& named, const TranslationConfig& config) {
    const OpenedModels models = OpenModels(named.directories, config.precision);
    const TranslatorOptions options = MakeTranslatorOptions(config, /*threads=*/1);
    for (auto& translators : workers_) {
      translators.push_back(std::make_unique<Translator>(models.models, models.tokenizers.source,
                                                         models.tokenizers.target, options));
    }
    const auto count = [source = models.tokenizers.source](const std::string& sentence) {
      return static_cast<Index>(source->Encode(sentence).size());
    };
    return {.name = named.name,
            .defaults = workers_.front().back()->options().beam,
            .max_source_length = config.max_length,
            .count_tokens = count};
  }

  std::vector<Translation> Translate(Index worker, Index model,
                                     std::span<const std::string> sentences,
                                     const BeamSearchOptions& beam, const GivenUp& given_up) {
    Translator& translator =
        *workers_[static_cast<std::size_t>(worker)][static_cast<std::size_t>(model)];
    translator.set_beam(beam);
    return translator.Translate(sentences, {}, 0, given_up);
  }

 private:
  std::vector<std::vector<std::unique_ptr<Translator>>> workers_;  // by worker and model
};

std::string UrlOf(const std::string& host, int port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return fmt::format("http://{}:{}/", is_ipv6 ? "[" + host + "]" : host, port);
}

void Settle(ServeOptions& options, const CommandLine& line) {
  ServerOptions& server = options.server;
  for (const std::string& origin : options.allowed_origins) {
    server.allowed_origins.push_back(ParseOrigin("--allow-origin", origin));
  }
  server.http.port = static_cast<int>(options.port);
  server.http.max_connections_per_address = std::max<Index>(server.http.max_connections / 4, 1);
  server.queue.num_workers = line.threads();
  server.queue.max_answer_bytes = 4 * server.limits.max_answer_bytes;
}

void Serve(const ServeOptions& options, const CommandLine& line) {
  ServerOptions server = options.server;
  Translators translators(line.threads());
  std::vector<ServedModel> models;
  for (const NamedModel& named : ParseModels(options.model.models())) {
    const TranslationConfig config = options.model.Resolve(line, named.directories.front());
    models.push_back(translators.Add(named, config));
    server.queue.mini_batch = config.mini_batch;
    if (server.title.empty()) server.title = DefaultTitle(named.directories.front());
  }
  if (models.empty()) throw ConfigError({.where = "--model", .what = "must be given"});
  TranslationServer serving(
      server, std::move(models),
      [&translators](Index worker, Index model, std::span<const std::string> sentences,
                     const BeamSearchOptions& beam, const GivenUp& given_up) {
        return translators.Translate(worker, model, sentences, beam, given_up);
      });
  if (!IsLoopback(server.http.host)) {
    Log().warn(
        "{}: everybody who can reach this address can use the server; it asks for no "
        "password and encrypts nothing",
        server.http.host);
  }
  Log().info("listening on {}, Ctrl-C stops", UrlOf(server.http.host, serving.port()));
  serving.Serve(StopSignal());
  ThrowIfStopped();
}

}  // namespace

void RunServeCommand(const Arguments& arguments) {
  RunSteps<ServeOptions>(
      {.usage = "talmach serve -m DIR [-m DIR2…] [--port N] [FLAGS]\n"
                "       talmach serve -m en-de=DIR -m de-en=DIR2 …",
       .summary = "Answers in the browser, with the attention of what it translates, and to other\n"
                  "programs (POST /translate), until Ctrl-C.",
       .declare = DeclareFlags,
       .settle = Settle,
       .run = Serve},
      arguments);
}

}  // namespace talmach
