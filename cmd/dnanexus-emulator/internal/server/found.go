package server

import "github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"

// Founder is the user of a fresh world that its first token belongs to.
const Founder = "user-alice"

// Found fills a fresh world with three users and two organisations: alice is
// ADMIN of the laboratory and of the vault, bob a member of the laboratory,
// carol of neither. A world that has users is left alone. The first token is
// the founder's, "" for a random one.
func (s *Server) Found(token string) error {
	return s.Edit(func(w *model.World, _ int64) error {
		if len(w.Users) > 0 {
			return nil
		}
		for _, u := range []model.User{
			{ID: Founder, First: "Alice", Last: "Archer", BillTo: "org-lab", Token: token},
			{ID: "user-bob", First: "Bob", Last: "Baker"},
			{ID: "user-carol", First: "Carol", Last: "Cooper"},
		} {
			u.Email, u.Licence = handle(u.ID)+"@example.com", true
			if u.BillTo == "" {
				u.BillTo = u.ID
			}
			if u.Token == "" {
				u.Token = s.ids.Signs(32)
			}
			w.AddUser(&u)
		}
		admin := model.Member{Admin: true}
		member := model.Member{Billable: true, ProjectAccess: model.Contribute, AppAccess: true}
		w.AddOrg(&model.Org{
			ID: "org-lab", Name: "Laboratory", Licence: true,
			Members: map[string]model.Member{Founder: admin, "user-bob": member},
		})
		w.AddOrg(&model.Org{ID: "org-vault", Name: "Vault", Licence: true, Members: map[string]model.Member{Founder: admin}})
		return nil
	})
}

// Token tells the token of a user.
func (s *Server) Token(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.world.Users[user]; u != nil {
		return u.Token
	}
	return ""
}

// ProjectNamed finds the first project of a name; "" when there is none.
func (s *Server) ProjectNamed(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range model.Sorted(s.world.Projects) {
		if s.world.Projects[id].Name == name {
			return id
		}
	}
	return ""
}
