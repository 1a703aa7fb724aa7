package migrate

import (
	"context"
	"slices"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// datesApart is how far two dates of one message are apart before it matters that one of them will be no more: hosts that a message
// passed within a minute are at one as to when it came.
const datesApart = time.Minute

// uniteDates gives copies in the sink the dates of their twins where these are earlier and can be true. A sink that changes no
// dates keeps its own; the twin then is not removed from its source.
func (c *carrier) uniteDates(ctx context.Context, twins []twinOf) error {
	dater, ok := c.Sink.(Dater)
	if !ok || c.DryRun {
		return nil
	}
	folders, err := c.datesOf(twins)
	if err != nil {
		return err
	}
	for at, dates := range folders {
		var changes []mail.Dating
		for ref, date := range dates {
			changes = append(changes, mail.Dating{Ref: ref, Date: date})
		}
		slices.SortFunc(changes, func(a, b mail.Dating) int { return int(uidOf(a.Ref)) - int(uidOf(b.Ref)) })
		c.aloft.Wait() // one thing at a time is done in a store
		for _, err := range dater.SetDates(ctx, mail.Folder{Path: at.Folder, Validity: at.Validity, Messages: -1}, changes) {
			if err != nil && mail.ScopeOf(err) == mail.ScopeStore {
				return err
			}
			if err != nil { // the copy is gone, or cannot be changed
				c.note("some earlier dates could not be carried over: %v", err)
			}
		}
	}
	return ctx.Err()
}

// datesOf are the dates that copies are to have, by folder and by copy.
func (c *carrier) datesOf(twins []twinOf) (map[mail.Ref]map[mail.Ref]time.Time, error) {
	folders := map[mail.Ref]map[mail.Ref]time.Time{}
	for _, t := range twins {
		ref := c.stock.ref(t.at)
		if ref.ID == "" || t.dateFrom == header.FromNow {
			continue
		}
		now := c.stock.date(t.at)
		date, err := dedupe.EarlierDate(now, t.InternalDate, t.reader())
		if err != nil {
			return nil, err
		}
		if date.Unix() == now.Unix() {
			continue
		}
		at := mail.Ref{Folder: ref.Folder, Validity: ref.Validity}
		if folders[at] == nil {
			folders[at] = map[mail.Ref]time.Time{}
		}
		folders[at][ref] = date
		c.stock.setDate(t.at, date)
	}
	return folders, nil
}
