#include "report_junit.h"

#include <cstdio>
#include <pugixml.hpp>
#include <sstream>

#include "report_text.h"
#include "report_view.h"

namespace escapement {
namespace {

std::string seconds(microseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", time.count() / 1e6);
  return text;
}

microseconds whole(const Times& time) { return time.launch + time.probe + time.teardown; }

// XML 1.0 has no way to write most control characters, escaped or not: everything passes through text::clean.
void set(pugi::xml_node node, const char* attribute, const std::string& value) {
  node.append_attribute(attribute) = text::clean(value).c_str();
}

void set(pugi::xml_node node, const char* attribute, unsigned value) {
  node.append_attribute(attribute) = value;
}

std::string evidence(const Result& result) {
  std::string out = result.guarantee + (result.claimed ? " (claimed)\n" : " (not claimed)\n");
  out += "verdict: " + std::string(name(result.verdict)) + ": " + text::clean(result.reason) + '\n';
  for (const Step& step : result.steps) {
    out += "step: " + text::clean(step.call) + " = " + text::clean(step.result);
    out += step.attempt.empty() ? "\n" : " [" + text::clean(step.attempt) + "]\n";
  }
  out += "witness: " + text::clean(result.witness.kind) + ": " + text::clean(result.witness.observed) + '\n';
  out += "control: " + std::string(name(result.control.verdict));
  if (!result.control.opening.empty())
    out += " under " + text::clean(result.control.base + " with " + text::join(result.control.opening, " "));
  return out + ": " + text::clean(result.control.reason) + '\n';
}

void add_case(pugi::xml_node suite, const std::string& heading, const Result& result) {
  pugi::xml_node test = suite.append_child("testcase");
  set(test, "classname", heading + '.' + result.cls);
  set(test, "name", result.probe);
  set(test, "time", seconds(whole(result.time)));
  auto add = [&](const char* element, const char* type) {
    pugi::xml_node node = test.append_child(element);
    set(node, "message", result.reason);
    if (type) set(node, "type", type);
    node.text() = evidence(result).c_str();
  };
  switch (result.outcome) {
    case Outcome::pass:
      test.append_child("system-out").text() = evidence(result).c_str();
      break;
    case Outcome::fail:
      add("failure", "escaped");
      break;
    case Outcome::skip:
      add("skipped", nullptr);
      break;
    case Outcome::error:
      add("error", "broken");
      break;
  }
}

// Not "skipped": the schema of Jenkins does not know it on <testsuites>.
void set_counts(pugi::xml_node node, const Summary& sum, microseconds time) {
  set(node, "tests", sum.pass + sum.fail + sum.not_testable + sum.broken);
  set(node, "failures", sum.fail);
  set(node, "errors", sum.broken);
  set(node, "time", seconds(time));
}

void add_properties(pugi::xml_node suite, const Host& host, const Run& run) {
  pugi::xml_node properties = suite.append_child("properties");
  auto add = [&](const char* name, const std::string& value) {
    pugi::xml_node property = properties.append_child("property");
    set(property, "name", name);
    set(property, "value", value);
  };
  add("kernel", host.kernel);
  add("machine", host.machine);
  add("cgroup", host.cgroup);
  add("lsm", text::join(host.lsm, " "));
  add("uid", std::to_string(host.uid));
  add("boot_id", host.boot_id);
  add("layers", text::join(run.layers, " "));
}

void add_suite(pugi::xml_node suites, const Host& host, const Run& run, const std::string& heading) {
  pugi::xml_node suite = suites.append_child("testsuite");
  set(suite, "name", run.target + '/' + run.profile);
  microseconds time{};
  for (const Result& result : run.results) time += whole(result.time);
  Report alone;
  alone.runs = {run};
  Summary sum = summarize(alone);
  set_counts(suite, sum, time);
  set(suite, "skipped", sum.not_testable);
  add_properties(suite, host, run);
  for (const Result& result : run.results) add_case(suite, heading, result);
}

void add_left_out(pugi::xml_node suites, const LeftOut& one) {
  pugi::xml_node suite = suites.append_child("testsuite");
  set(suite, "name", one.profile);
  set_counts(suite, Summary{.not_testable = 1}, microseconds{});
  set(suite, "skipped", 1);
  pugi::xml_node test = suite.append_child("testcase");
  set(test, "classname", one.profile);
  set(test, "name", "profile");
  set(test, "time", seconds(microseconds{}));
  set(test.append_child("skipped"), "message", "left out: " + one.reason);
}

void add_changes(pugi::xml_node suites, const std::vector<std::string>& changed) {
  pugi::xml_node suite = suites.append_child("testsuite");
  set(suite, "name", "host");
  set_counts(suite, Summary{.broken = 1}, microseconds{});
  set(suite, "skipped", 0);
  pugi::xml_node test = suite.append_child("testcase");
  set(test, "classname", "host");
  set(test, "name", "unchanged");
  set(test, "time", seconds(microseconds{}));
  set(test.append_child("error"), "message", text::join(changed, "; "));
}

}  // namespace

std::string to_junit(const Report& report) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node suites = document.append_child("testsuites");
  set(suites, "name", "escapement");
  Summary sum = summarize(report);
  sum.not_testable += static_cast<unsigned>(report.left_out.size());
  if (!report.changed.empty()) ++sum.broken;
  set_counts(suites, sum, report.elapsed);
  // Readers tell cases apart by class name and name, not by suite: with several targets the class name holds
  // the target.
  std::vector<std::string> names = headings(report);
  for (std::size_t i = 0; i < report.runs.size(); ++i)
    add_suite(suites, report.host, report.runs[i], names[i]);
  for (const LeftOut& one : report.left_out) add_left_out(suites, one);
  if (!report.changed.empty()) add_changes(suites, report.changed);
  std::ostringstream out;
  document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
  return out.str();
}

}  // namespace escapement
