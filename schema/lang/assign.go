package lang

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/backstay/backstay/schema/diag"
)

const (
	envPrefix      = "BACKSTAY_VAR_"
	autoSuffix     = ".auto.backstayvars"
	autoJSONSuffix = ".auto.backstayvars.json"
)

// assigned is a value given to a variable, with where it came from.
type assigned struct {
	value cty.Value
	at    diag.Range // zero for the environment and the command line
	from  string     // begins a sentence: "The value in ..."
}

// assignments collects the values given to variables, the strongest last.
func (l *loader) assignments(inputs map[string]*input) map[string]*assigned {
	out := map[string]*assigned{}
	for name, in := range inputs {
		if l.opts.Env == nil {
			break
		}
		if text, ok := l.opts.Env(envPrefix + name); ok {
			l.assignText(out, in, text, "The value of "+envPrefix+name)
		}
	}
	l.autoFiles(out, inputs)
	read := l.opts.ReadFile
	if read == nil {
		read = os.ReadFile
	}
	for _, path := range l.opts.VarFiles {
		src, err := read(path)
		if err != nil {
			l.add(unreadable(fmt.Sprintf("The variable file %q cannot be read: %v.", path, err)))
			continue
		}
		l.varFile(out, inputs, path, src)
	}
	for _, v := range l.opts.Vars {
		in, ok := inputs[v.Name]
		if !ok {
			l.undeclared(v.Name, diag.Range{}, "on the command line", inputs)
			continue
		}
		l.assignText(out, in, v.Value, "The value of -var "+v.Name)
	}
	return out
}

func (l *loader) autoFiles(out map[string]*assigned, inputs map[string]*input) {
	entries, err := fs.ReadDir(l.fsys, ".")
	if err != nil {
		return // readFiles has said so
	}
	var names []string
	for _, e := range entries {
		if n := e.Name(); !e.IsDir() && (strings.HasSuffix(n, autoSuffix) || strings.HasSuffix(n, autoJSONSuffix)) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		src, err := readBounded(l.fsys, name)
		if err != nil {
			l.add(unreadable(fmt.Sprintf("The variable file %q cannot be read: %v.", name, err)))
			continue
		}
		l.varFile(out, inputs, name, src)
	}
}

// varFile reads the assignments of one file. Its lines are never shown: they
// may hold secrets.
func (l *loader) varFile(out map[string]*assigned, inputs map[string]*input, name string, src []byte) {
	if len(src) > maxFileSize {
		l.add(unreadable(fmt.Sprintf("The variable file %q cannot be read: %v.", name, errTooLarge)))
		return
	}
	f, diags := parseFile(src, name)
	l.add(diags...)
	if f == nil {
		return
	}
	attrs, hd := f.Body.JustAttributes()
	l.convert(hd, nil)
	for _, key := range sortedKeys(attrs) {
		a := attrs[key]
		if _, ok := inputs[key]; !ok {
			l.undeclared(key, rng(a.NameRange), "in "+name, inputs)
			continue
		}
		v, hd := a.Expr.Value(nil)
		l.convert(hd, nil)
		if hd.HasErrors() {
			v = cty.DynamicVal
		}
		out[key] = &assigned{value: v, at: rng(a.Expr.Range()), from: "The value in " + name}
	}
}

func (l *loader) undeclared(name string, at diag.Range, where string, inputs map[string]*input) {
	l.fail(at, "undeclared_variable", "Variable not declared",
		fmt.Sprintf("A value for the variable %q is given %s, but the configuration has no variable block of that name.%s", name, where, didYouMean(name, sortedKeys(inputs))))
}

// assignText takes a value from the environment or the command line: text for
// a variable of a primitive type or of none, else an expression.
func (l *loader) assignText(out map[string]*assigned, in *input, text, from string) {
	a := &assigned{value: cty.StringVal(text), from: from}
	if !in.typ.IsPrimitiveType() && in.typ != cty.DynamicPseudoType {
		a.value = l.expression(in, text, from)
	} else if v, err := convert.Convert(a.value, in.typ); err == nil {
		a.value = v
	}
	out[in.name] = a
}

// expression parses text that stands for a list, a map or an object.
func (l *loader) expression(in *input, text, from string) cty.Value {
	if checkDepth([]byte(text), from) == nil {
		expr, hd := hclsyntax.ParseExpression([]byte(text), from, hcl.InitialPos)
		if !hd.HasErrors() {
			if v, hd := expr.Value(nil); !hd.HasErrors() {
				return v
			}
		}
	}
	l.fail(in.header, "invalid_expression", "Invalid expression",
		fmt.Sprintf("%s cannot be read as an expression. A variable that is not a string, number or bool takes an expression such as [\"a\", \"b\"] or { key = \"value\" }.", from))
	return cty.DynamicVal
}
