//! Variables and assignments.

use super::code;
use crate::rule::Rule;

pub(super) static CODES: &[Rule] = &[
    code!(
        2030,
        Info,
        sh,
        ["A variable set in a subshell is lost after it", "子 shell 中设置的变量之后会丢失"],
        [
            "Parentheses and parts of a pipe run in a process of their own.",
            "括号和管道的各部分在独立的进程中运行。"
        ],
        r#"a=1; (a=2; echo "$a"); echo "$a""#,
        r#"a=1; { a=2; echo "$a"; }; echo "$a""#
    ),
    code!(
        2031,
        Info,
        sh,
        ["This variable was set in a subshell only", "该变量只在子 shell 中设置过"],
        [
            "Parentheses and parts of a pipe run in a process of their own: here the variable has the value from before.",
            "括号和管道的各部分在独立的进程中运行：这里变量仍是之前的值。"
        ],
        r#"a=1; (a=2; echo "$a"); echo "$a""#,
        r#"a=1; { a=2; echo "$a"; }; echo "$a""#
    ),
    code!(
        2034,
        Warning,
        sh,
        ["Use or export every variable that is set", "设置的变量要使用或导出"],
        [
            "It is set and never read. When a program is to see it, export it; when a later RUN is, use ENV.",
            "设置后从未读取。若要让程序看到请 export；若要让后面的 RUN 看到请用 ENV。"
        ],
        r"VERSION=1; make",
        r"export VERSION=1; make"
    ),
    code!(
        2097,
        Warning,
        sh,
        ["An assignment before a command is not seen by its arguments", "命令前的赋值对其参数无效"],
        ["Arguments are expanded before the assignment is made.", "参数在赋值之前就已展开。"],
        r#"A=1 echo "$A""#,
        r#"A=1; echo "$A""#
    ),
    code!(
        2098,
        Warning,
        sh,
        [
            "This expansion does not see the assignment before the command",
            "这里的展开看不到命令前的赋值"
        ],
        ["Arguments are expanded before the assignment is made.", "参数在赋值之前就已展开。"],
        r#"A=1 echo "$A""#,
        r#"A=1; echo "$A""#
    ),
    code!(
        2100,
        Warning,
        sh,
        ["Calculate with $(( ))", "用 $(( )) 计算"],
        ["`i=i-1` sets i to the text `i-1`.", "`i=i-1` 会把 i 设为文本 `i-1`。"],
        r#"i=2; i=i-1; echo "$i""#,
        r#"i=2; i=$((i - 1)); echo "$i""#
    ),
    code!(
        2121,
        Warning,
        sh,
        ["Set a variable without set", "设置变量不需要 set"],
        [
            "`set a=b` makes the text `a=b` the first argument of the script.",
            "`set a=b` 会把文本 `a=b` 设为第一个位置参数。"
        ],
        r#"set a=b; echo "$a""#,
        r#"a=b; echo "$a""#
    ),
    code!(
        2124,
        Warning,
        bash,
        ["Keep several arguments in an array", "多个参数用数组保存"],
        ["A plain variable joins them into one text.", "普通变量会把它们连成一段文本。"],
        r#"f() { a=$@; echo "$a"; }; f x"#,
        r#"f() { a=("$@"); echo "${a[@]}"; }; f x"#
    ),
    code!(
        2139,
        Warning,
        sh,
        ["Quote an alias with single quotes", "alias 用单引号"],
        [
            "In double quotes, variables are expanded when the alias is made.",
            "双引号中的变量在定义 alias 时就展开了。"
        ],
        r#"a=$(pwd); alias x="ls $a"; x"#,
        r#"alias x='ls "$PWD"'; x"#
    ),
    code!(
        2141,
        Warning,
        sh,
        ["Write a line end in IFS as a line end", "IFS 中的换行要写成真正的换行"],
        [
            "`IFS='\\n'` separates at backslashes and at the letter n.",
            "`IFS='\\n'` 会在反斜杠和字母 n 处分隔。"
        ],
        r"IFS='\n'; export IFS",
        "IFS='\n'; export IFS"
    ),
    code!(
        2153,
        Info,
        sh,
        ["Is this the variable that was set?", "这是之前设置的那个变量吗？"],
        [
            "A variable of nearly the same name is set, this one is not.",
            "设置过一个名字很像的变量，而这个没有设置过。"
        ],
        r#"VERSION_NAME=1; export VERSION_NAME; echo "$VERSIONNAME""#,
        r#"VERSION_NAME=1; echo "$VERSION_NAME""#
    ),
    code!(
        2154,
        Warning,
        sh,
        ["Set a variable before it is read", "变量在读取之前要先设置"],
        [
            "No ARG, ENV or assignment sets it: it is empty.",
            "没有任何 ARG、ENV 或赋值设置过它：它是空的。"
        ],
        r#"echo "$version""#,
        r#"version=1; echo "$version""#
    ),
    code!(
        2155,
        Warning,
        sh,
        ["Set a variable before exporting it", "先赋值，再 export"],
        ["`export A=$(b)` succeeds even when b fails.", "即使 b 失败，`export A=$(b)` 也会成功。"],
        r#"export A="$(id -u)"; make"#,
        r#"A="$(id -u)"; export A; make"#
    ),
    code!(
        2163,
        Warning,
        sh,
        ["Export a variable by its name", "导出变量时写名字"],
        [
            "`export $a` exports the variables whose names stand in a.",
            "`export $a` 导出的是 a 的值所指名字的变量。"
        ],
        r#"a=1; export "$a""#,
        r#"a=1; export a"#
    ),
    code!(
        2178,
        Warning,
        bash,
        ["An array is assigned a text", "数组被赋值为文本"],
        [
            "Only its first element is set. Write parentheses, or use another name.",
            "只会设置第一个元素；请写括号或换一个名字。"
        ],
        r#"a=(x y); a=z; echo "${a[@]}""#,
        r#"a=(x y); a=(z); echo "${a[@]}""#
    ),
    code!(
        2209,
        Warning,
        sh,
        ["Write $( ) to take a command's output", "取命令输出要写 $( )"],
        ["`a=date` sets a to the word.", "`a=date` 只是把 a 设为这个词。"],
        r#"a=date; echo "$a""#,
        r#"a=$(date); echo "$a""#
    ),
    code!(
        2270,
        Error,
        sh,
        ["A digit is no variable's name", "数字不能作变量名"],
        ["Use `set --` to set the arguments of the script.", "设置位置参数应使用 `set --`。"],
        r#"1=a; echo "$1""#,
        r#"set -- a; echo "$1""#
    ),
    code!(
        2276,
        Error,
        sh,
        ["A plus sign before a name is no assignment", "名字前的加号不是赋值"],
        ["Append with `a=\"${a}b\"`.", "追加请写 `a=\"${a}b\"`。"],
        r#"a=x; +a=y; echo "$a""#,
        r#"a=x; a="${a}y"; echo "$a""#
    ),
    code!(
        2318,
        Warning,
        bash,
        ["Assignments of one local do not see each other", "同一条 local 中的赋值互相看不见"],
        ["`local a=1 b=$a` gives b the outer a.", "`local a=1 b=$a` 中 b 得到的是外层的 a。"],
        r#"f() { local a=1 b=$a; echo "$b"; }; f"#,
        r#"f() { local a=1; local b=$a; echo "$b"; }; f"#
    ),
];
