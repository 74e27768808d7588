select
    profiles.institution_name,
    profiles.cluster as delivered_cluster,
    institutions.cluster as reference_cluster
from {{ ref('stg_institution_profiles__indicator_values') }} as profiles
inner join {{ ref('int_institution_references_resolved') }} as refs
    on refs.source_system = 'institution_profiles'
    and refs.reference_key = {{ institution_reference_key(dbh_code='profiles.dbh_code', name='profiles.institution_name') }}
inner join {{ ref('dim_institution') }} as institutions on refs.institution_key = institutions.institution_key
where coalesce(profiles.cluster, 0) <> coalesce(institutions.cluster, 0)
group by profiles.institution_name, profiles.cluster, institutions.cluster
