//! Tests and conditions.

use super::code;
use crate::rule::Rule;

pub(super) static CODES: &[Rule] = &[
    code!(
        2050,
        Warning,
        sh,
        ["A test of fixed texts always ends the same", "比较固定文本的结果总是一样"],
        ["Is a `$` missing?", "是不是少了 `$`？"],
        r#"if [ "arch" = "arm64" ]; then true; fi"#,
        r#"a=$(uname -m); if [ "$a" = "arm64" ]; then true; fi"#
    ),
    code!(
        2057,
        Warning,
        sh,
        ["This test operator does not exist", "没有这个测试运算符"],
        ["The shell does not know it.", "shell 不认识它。"],
        r#"a=$(id); if [ \! "$a" ]; then true; fi"#,
        r#"a=$(id); if [ ! "$a" ]; then true; fi"#
    ),
    code!(
        2071,
        Error,
        bash,
        ["Compare numbers with -gt and -lt", "数字比较用 -gt 和 -lt"],
        [
            "`>` and `<` compare texts: 10 comes before 9.",
            "`>` 和 `<` 比较的是文本：10 排在 9 之前。"
        ],
        r#"n=$(nproc); if [[ $n > 9 ]]; then true; fi"#,
        r#"n=$(nproc); if [[ $n -gt 9 ]]; then true; fi"#
    ),
    code!(
        2072,
        Error,
        bash,
        ["Compare versions with sort -V", "版本比较用 sort -V"],
        [
            "The shell knows whole numbers alone: `1.27` is a text to it.",
            "shell 只认识整数：`1.27` 对它是文本。"
        ],
        r#"n=$(id -u); if [[ $n > 1.27 ]]; then true; fi"#,
        r#"n=$(id -u); if [[ $n -gt 1 ]]; then true; fi"#
    ),
    code!(
        2078,
        Style,
        sh,
        ["A test of one fixed word always ends the same", "只测试一个固定词的结果总是一样"],
        ["Is a `$` missing?", "是不是少了 `$`？"],
        r#"if [ VERSION ]; then true; fi"#,
        r#"if [ "$HOME" ]; then true; fi"#
    ),
    code!(
        2081,
        Error,
        sh,
        ["`[` compares texts, not patterns", "`[` 比较的是文本而不是模式"],
        ["Use `case`, or `[[ ]]` in bash.", "请使用 `case`，或在 bash 中使用 `[[ ]]`。"],
        r#"a=$(uname -m); if [ "$a" = arm* ]; then true; fi"#,
        r#"a=$(uname -m); case "$a" in arm*) true;; esac"#
    ),
    code!(
        2143,
        Style,
        sh,
        ["Ask grep -q whether something is found", "用 grep -q 判断是否匹配"],
        [
            "Comparing its output with nothing reads everything, and fails on odd lines.",
            "比较输出是否为空要读完全部内容，遇到特殊行还会出错。"
        ],
        r#"if [ -n "$(grep a /x)" ]; then true; fi"#,
        r#"if grep -q a /x; then true; fi"#
    ),
    code!(
        2144,
        Error,
        sh,
        ["A file test takes one name", "文件测试只接受一个名字"],
        ["A pattern that matches two files makes the test fail.", "匹配到两个文件时测试会出错。"],
        r#"if [ -e /x/*.whl ]; then true; fi"#,
        r#"if ls /x/*.whl; then true; fi"#
    ),
    code!(
        2157,
        Error,
        sh,
        ["This text is never empty", "这段文本永远不为空"],
        ["Is a `$` missing?", "是不是少了 `$`？"],
        r#"if [ -n "VERSION" ]; then true; fi"#,
        r#"if [ -n "$HOME" ]; then true; fi"#
    ),
    code!(
        2166,
        Warning,
        sh,
        ["Write [ a ] && [ b ] instead of -a", "用 [ a ] && [ b ] 代替 -a"],
        [
            "-a and -o within `[` are ambiguous, and POSIX has dropped them.",
            "`[` 中的 -a 和 -o 有歧义，POSIX 已废弃。"
        ],
        r#"a=$(id -u); if [ "$a" = 0 -a -f /x ]; then true; fi"#,
        r#"a=$(id -u); if [ "$a" = 0 ] && [ -f /x ]; then true; fi"#
    ),
    code!(
        2181,
        Style,
        sh,
        ["Test the command itself, not $?", "直接测试命令，而不是 $?"],
        [
            "`if a; then` says the same and cannot be torn apart by a line in between. Under `set -e` the test is never reached.",
            "`if a; then` 含义相同，且不会被中间插入的行打断；在 `set -e` 下根本到不了这个测试。"
        ],
        r#"make; if [ $? -ne 0 ]; then exit 1; fi"#,
        r#"if ! make; then exit 1; fi"#
    ),
    code!(
        2194,
        Warning,
        sh,
        ["This word never changes", "这个词永远不变"],
        ["Is a `$` missing?", "是不是少了 `$`？"],
        r#"case arch in arm) true;; esac"#,
        r#"case "$HOME" in arm) true;; esac"#
    ),
    code!(
        2195,
        Warning,
        sh,
        ["This pattern never matches the word", "该模式永远不会匹配"],
        ["The fixed parts of both differ.", "两者的固定部分不同。"],
        r#"a=$(id); case "$a-x" in y) true;; esac"#,
        r#"a=$(id); case "$a-x" in y-x) true;; esac"#
    ),
    code!(
        2198,
        Warning,
        sh,
        ["A test takes one value, not all arguments", "测试只接受一个值，而不是全部参数"],
        ["Use `$*`, or loop.", "使用 `$*` 或循环。"],
        r#"f() { if [ "$@" = a ]; then true; fi; }; f a"#,
        r#"f() { if [ "$*" = a ]; then true; fi; }; f a"#
    ),
    code!(
        2221,
        Warning,
        sh,
        ["A later pattern is never reached", "后面的模式永远到不了"],
        [
            "This one matches everything that the later one does.",
            "这个模式已经匹配了后面模式的全部内容。"
        ],
        r#"a=$(id); case "$a" in u*) true;; uid) false;; esac"#,
        r#"a=$(id); case "$a" in uid) false;; u*) true;; esac"#
    ),
    code!(
        2222,
        Warning,
        sh,
        ["This pattern is never reached", "这个模式永远到不了"],
        ["An earlier one matches everything that it does.", "前面的模式已经匹配了它的全部内容。"],
        r#"a=$(id); case "$a" in u*) true;; uid) false;; esac"#,
        r#"a=$(id); case "$a" in uid) false;; u*) true;; esac"#
    ),
    code!(
        2235,
        Style,
        sh,
        ["Group tests with braces", "用花括号给测试分组"],
        ["Parentheses start a process for it.", "括号会为此启动一个进程。"],
        r#"a=$(id -u); if [ -f /x ] && ([ "$a" = 0 ] || [ "$a" = 1 ]); then true; fi"#,
        r#"a=$(id -u); if [ -f /x ] && { [ "$a" = 0 ] || [ "$a" = 1 ]; }; then true; fi"#
    ),
    code!(
        2252,
        Warning,
        sh,
        ["One of these is always true", "其中总有一个为真"],
        [
            "A value is always unlike one of two others. Was && meant?",
            "一个值总会不等于两个值之一。是不是想写 &&？"
        ],
        r#"a=$(id -u); if [ "$a" != 0 ] || [ "$a" != 1 ]; then true; fi"#,
        r#"a=$(id -u); if [ "$a" != 0 ] && [ "$a" != 1 ]; then true; fi"#
    ),
    code!(
        2268,
        Style,
        sh,
        ["Drop the x of an old comparison", "去掉旧式比较中的 x"],
        [
            "Shells of this century need no letter before an empty value.",
            "现代 shell 不需要在空值前加字母。"
        ],
        r#"a=$(id -u); if [ "x$a" = "x0" ]; then true; fi"#,
        r#"a=$(id -u); if [ "$a" = "0" ]; then true; fi"#
    ),
    code!(
        2309,
        Warning,
        bash,
        ["Numbers are compared here, and this is none", "这里比较的是数字，而它不是数字"],
        ["-eq reads a word as a variable's name.", "-eq 会把词当作变量名。"],
        r#"a=$(id -u); if [[ $a -eq "root user" ]]; then true; fi"#,
        r#"a=$(id -u); if [[ $a -eq 0 ]]; then true; fi"#
    ),
    code!(
        2319,
        Warning,
        sh,
        ["$? is the test's, not the command's", "$? 是测试的结果，而不是命令的"],
        [
            "The test in between has set it anew. Keep it in a variable.",
            "中间的测试已经改写了它；应先存入变量。"
        ],
        r#"[ -f /x ] || exit $?"#,
        r#"[ -f /x ] || exit 1"#
    ),
    code!(
        2331,
        Style,
        bash,
        ["Ask for a file with -e", "用 -e 判断文件是否存在"],
        ["-a means and.", "-a 的意思是“并且”。"],
        r#"if [[ -a /x ]]; then true; fi"#,
        r#"if [[ -e /x ]]; then true; fi"#
    ),
];
