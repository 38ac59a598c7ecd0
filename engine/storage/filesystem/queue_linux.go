package filesystem

// task is the next unread child of a node, at its place in the path order.
type task struct {
	key   string
	of    *node
	index int
}

// queue is a heap of tasks, the first in path order on top. It holds one task
// per node that has unread children, never one per folder.
type queue []task

func (q *queue) push(t task) {
	*q = append(*q, t)
	h := *q
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if h[up].key <= h[i].key {
			return
		}
		h[up], h[i] = h[i], h[up]
		i = up
	}
}

func (q *queue) pop() {
	h := *q
	last := len(h) - 1
	h[0], h[last] = h[last], task{}
	*q = h[:last]
	q.down()
}

func (q *queue) replace(t task) {
	(*q)[0] = t
	q.down()
}

func (q *queue) down() {
	h := *q
	for i := 0; ; {
		least := i
		for _, kid := range [...]int{2*i + 1, 2*i + 2} {
			if kid < len(h) && h[kid].key < h[least].key {
				least = kid
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}
