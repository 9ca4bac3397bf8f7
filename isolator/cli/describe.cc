// Fills in the pages of isolator(1) and of its completion in shells, read from stdin, when the project is
// built: with the commands, their options and the keys of a profile, so that none of these is kept in step by
// hand.

#include "app.h"

#include "profile_keys.h"

#include <cctype>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace isolator::cli {
namespace {

std::vector<const CLI::App*> commands(const CLI::App& app) { return app.get_subcommands({}); }

// Those with dashes that --help shows; the last of their names is the long one.
std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  std::vector<const CLI::Option*> out;
  for (const CLI::Option* one : command.get_options())
    if (one->nonpositional() && !one->get_group().empty()) out.push_back(one);
  return out;
}
std::string long_name(const CLI::Option& option) { return "--" + option.get_lnames().front(); }
bool takes_value(const CLI::Option& option) {
  return option.get_expected_max() > 0 && !option.get_type_name().empty();
}

// "cold pool template" of an option that takes one of these; else empty.
std::string choices(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{'), close = type.find('}');
  if (open == type.npos || close == type.npos) return "";
  std::string words = type.substr(open + 1, close - open - 1);
  for (char& c : words)
    if (c == ',') c = ' ';
  return words;
}
std::string placeholder(const CLI::Option& option) {
  return choices(option).empty() ? option.get_type_name() : "WORD";
}

// As --set begins with them: a value is set, and an element put into a list or taken out of it.
std::string settings() {
  std::string out;
  for (const Key& key : profile_keys()) {
    const Section* section = key.section.empty() ? nullptr : find_section(key.section);
    if (section != nullptr && section->repeats) continue;  // a table of the list, see below
    if (key.name.empty()) {
      out += full_name(key) + " ";  // environment.
      continue;
    }
    out += full_name(key) + "= ";
    if (key.type == Type::strings || key.type == Type::integers)
      out += full_name(key) + "+= " + full_name(key) + "-= ";
  }
  for (const Section& section : profile_sections())
    if (section.repeats) out += std::string(section.name) + "+= " + std::string(section.name) + "-= ";
  out.pop_back();
  return out;
}

std::string replaced(std::string text, std::string_view what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

std::string bash(const CLI::App& app, std::string page) {
  std::string names, options, words;
  const auto answer = [](const std::string& list) {
    return "mapfile -t COMPREPLY < <(compgen -W '" + list + "' -- \"$cur\")";
  };
  for (const CLI::App* command : commands(app)) {
    names += (names.empty() ? "" : " ") + command->get_name();
    std::string list;
    for (const CLI::Option* option : options_of(*command)) {
      list += (list.empty() ? "" : " ") + long_name(*option);
      if (const std::string known = choices(*option); !known.empty())
        words += "    " + long_name(*option) + ") " + answer(known) + " && return ;;\n";
    }
    options += "    " + command->get_name() + ") " + answer(list) + " ;;\n";
  }
  page = replaced(page, "@NAMES@", names);
  page = replaced(page, "@SETTINGS@", settings());
  page = replaced(page, "@CHOICES@\n", words);
  return replaced(page, "@OPTIONS@\n", options);
}

// Within '...' of zsh, and there within an option's [description].
std::string zsh_text(const std::string& text) {
  return replaced(replaced(replaced(text, "'", "'\\''"), "[", "\\["), "]", "\\]");
}

std::string zsh_option(const CLI::Option& option) {
  const std::string name = long_name(option), words = choices(option);
  std::string out = (name == "--set" ? "*" : "") + name + "[" + zsh_text(option.get_description()) + "]";
  if (takes_value(option))
    out += ":" + placeholder(option) + ":" +
           (name == "--profile" ? "_isolator_profiles"
            : name == "--set"   ? "_isolator_settings"
            : words.empty()     ? "_files"
                                : "(" + words + ")");
  return " \\\n            '" + out + "'";
}

std::string zsh(const CLI::App& app, std::string page) {
  std::string names, options;
  for (const CLI::App* command : commands(app)) {
    const std::string what = replaced(zsh_text(command->get_description()), ":", "\\:");
    names += "    '" + command->get_name() + ":" + what + "'\n";
    options += "        " + command->get_name() + ")\n          _arguments";
    for (const CLI::Option* option : options_of(*command)) options += zsh_option(*option);
    options += " \\\n            '*::: :_normal' ;;\n";
  }
  page = replaced(page, "@SETTINGS@", settings());
  page = replaced(page, "@NAMES@\n", names);
  return replaced(page, "@OPTIONS@\n", options);
}

// A line of running text in roff: nothing in it is a request, a dash is a dash, and `word` is a literal.
std::string roff(std::string_view text) {
  std::string out;
  bool literal = false;
  for (const char c : text) {
    if (c == '`')
      out += (literal = !literal) ? "\\fB" : "\\fR";
    else if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return (out.starts_with('.') || out.starts_with('\'') ? "\\&" : "") + replaced(out, ". ", ".\n");
}

std::string synopsis(const CLI::App& app) {
  std::string out;
  for (const CLI::App* command : commands(app)) {
    out += ".Nm\n.Cm " + command->get_name() + "\n";
    for (const CLI::Option* option : options_of(*command)) {
      if (long_name(*option) == "--help") continue;
      out += std::string(option->get_required() ? "." : ".Op ") + "Fl \\-" + option->get_lnames().front() +
             (takes_value(*option) ? " Ar " + placeholder(*option) : "") + "\n";
    }
    for (const CLI::Option* option : command->get_options())
      if (option->get_positional())
        out += std::string(option->get_required() ? "." : ".Op ") +
               (option->get_expected_max() > 1 ? "Fl \\- Ar " + option->get_type_name() + " ...\n"
                                               : "Ar " + option->get_type_name() + "\n");
  }
  return out;
}

std::string command_list(const CLI::App& app) {
  std::string out;
  for (const CLI::App* command : commands(app)) {
    std::string what = command->get_description();
    what[0] = char(std::toupper(what[0]));
    out += ".Ss isolator " + command->get_name() + "\n" + roff(what) + ".\n.Bl -tag -width Ds\n";
    for (const CLI::Option* option : options_of(*command))
      out += ".It Fl \\-" + option->get_lnames().front() +
             (takes_value(*option) ? " Ar " + placeholder(*option) : "") + "\n" +
             roff(option->get_description()) +
             (choices(*option).empty() ? "" : ": " + replaced(choices(*option), " ", ", ")) + "\n";
    out += command->get_footer().empty() ? ".El\n" : ".El\n.Pp\n";
    std::stringstream footer(command->get_footer());
    for (std::string line; std::getline(footer, line);) out += roff(line) + "\n";
  }
  return out;
}

std::string key_list() {
  std::string out, section = " ";
  for (const Key& key : profile_keys()) {
    if (key.section != section) {
      if (section != " ") out += ".El\n";
      section = key.section;
      const Section* known = find_section(section);
      out += ".Ss " +
             (section.empty()                      ? "Top level"
              : known != nullptr && known->repeats ? "[[" + section + "]]"
                                                   : "[" + section + "]") +
             "\n.Bl -tag -width Ds\n";
    }
    const std::string fallback = key.fallback.starts_with('(')
                                     ? std::string(key.fallback.substr(1, key.fallback.size() - 2))
                                     : std::string(key.fallback);
    out += ".It Cm " + (key.name.empty() ? "any name" : std::string(key.name)) + " Pq " +
           roff(word(key.type)) + "; " + roff(replaced(fallback, "\"", "\\(dq")) + "\n" + roff(key.meaning) +
           (key.see.empty() ? "" : "; " + roff(key.see)) + "\n";
  }
  return out + ".El\n";
}

// For libFuzzer: names of sections and keys, and the words that their meaning quotes.
std::string dictionary() {
  std::set<std::string> words;
  for (const Section& section : profile_sections()) words.emplace(section.name);
  for (const Key& key : profile_keys()) {
    words.emplace(key.name);
    const std::string_view text = key.meaning;
    for (std::size_t open = 0; (open = text.find('`', open)) != text.npos;) {
      const std::size_t close = text.find('`', open + 1);
      words.emplace(text.substr(open + 1, close - open - 1));
      open = close + 1;
    }
  }
  words.erase("");
  std::string out;
  for (const std::string& word : words) out += "\"" + replaced(word, "\"", "\\\"") + "\"\n";
  return out;
}

std::string man(const CLI::App& app, std::string page) {
  page = replaced(page, "@VERSION@", ESCAPEMENT_VERSION);
  page = replaced(page, "@SYNOPSIS@\n", synopsis(app));
  page = replaced(page, "@COMMANDS@\n", command_list(app));
  return replaced(page, "@KEYS@\n", key_list());
}

}  // namespace
}  // namespace isolator::cli

int main(int argc, char** argv) {
  using namespace isolator::cli;
  CLI::App app("", "isolator");
  Options options;
  define(app, options);
  const std::string_view what = argc == 2 ? argv[1] : "";
  const std::string page = what == "dict" ? "" : std::string(std::istreambuf_iterator<char>(std::cin), {});
  if (what == "dict")
    std::cout << dictionary();
  else if (what == "bash")
    std::cout << bash(app, page);
  else if (what == "zsh")
    std::cout << zsh(app, page);
  else if (what == "man")
    std::cout << man(app, page);
  else
    return std::cerr << "usage: isolator-describe bash|zsh|man <PAGE, or dict\n", bad_usage;
  return std::cout.flush() ? 0 : 1;
}
